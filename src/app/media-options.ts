import { availableParallelism } from 'node:os';
import type { Config } from '../config/schema.ts';

/** What both media servers take from the configuration. */
export const mediaOptions = ({ rtp, speech }: Config) =>
  ({
    workers: rtp.workers === 0 ? Math.max(1, availableParallelism() - 1) : rtp.workers,
    rtpTimeoutMs: rtp.timeout_ms,
    codecs: ['PCMU', 'PCMA'],
    voiceActivity: speech.voice_activity_detection ? 'silero' : 'off',
    inbandDtmf: rtp.inband_dtmf,
  }) as const;
