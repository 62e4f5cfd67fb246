import { availableParallelism } from 'node:os';
import type { Config } from '../config/schema.ts';
import { type CodecName, isCodecName } from '../domain/codec.ts';
import { isSrtpSuite, type SrtpSuite } from '../domain/srtp.ts';
import { listedWords } from '../lib/listed-words.ts';

/** The codecs that the configuration names, the most wanted first. */
export const configuredCodecs = ({ rtp }: Pick<Config, 'rtp'>): readonly CodecName[] =>
  listedWords(rtp.codecs).filter(isCodecName);

/** The crypto-suites that the configuration names, the most wanted first. */
export const configuredSuites = ({ rtp }: Pick<Config, 'rtp'>): readonly SrtpSuite[] =>
  listedWords(rtp.srtp_suites).filter(isSrtpSuite);

/** Whether keys of SRTP may be told over SIP that is not encrypted, or there are none to be told. */
export const keysInTheClear = ({ rtp, media }: Pick<Config, 'rtp' | 'media'>): boolean =>
  rtp.srtp_keys === 'any' || rtp.srtp === 'off' || media.kind === 'freeswitch';

/** What both media servers take from the configuration. */
export const mediaOptions = (config: Config) =>
  ({
    workers: config.rtp.workers === 0 ? Math.max(1, availableParallelism() - 1) : config.rtp.workers,
    rtpTimeoutMs: config.rtp.timeout_ms,
    codecs: configuredCodecs(config),
    voiceActivity: config.speech.voice_activity_detection ? 'silero' : 'off',
    inbandDtmf: config.rtp.inband_dtmf,
  }) as const;
