import { powerAt } from '../../../src/audio/goertzel.ts';
import { type FsmrfEndpoint, type Stage } from './drive.ts';

export const fork = (stage: Stage, endpoint: FsmrfEndpoint, more: Record<string, unknown> = {}): Promise<void> =>
  endpoint.forkAudioStart({
    wsUrl: stage.forkUrl,
    mixType: 'stereo',
    sampling: '8000',
    bugname: 'bot',
    metadata: { callId: 'abc' },
    bidirectionalAudio: { enabled: 'true', streaming: 'true', sampleRate: '8000' },
    ...more,
  });

export const pcm = (samples: Int16Array): Buffer => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
export const hears = (samples: Int16Array, hz: number): boolean => powerAt(samples, hz) > 1e5;
