import type { RecordingSample } from '../domain/units.ts';
import type { CodecName } from '../domain/codec.ts';
import type { RecordingId } from '../domain/ids.ts';

/* The messages on a channel from a media worker to the recorder's worker. */

/** `not-sent`: we had something to say and no time to send it, so nobody heard it; `overflow`: the disk did not take what was heard. */
export type GapReason = 'loss' | 'no-rtp' | 'masked' | 'hold' | 'overflow' | 'not-sent';

export interface TapGap {
  readonly at: RecordingSample;
  readonly samples: number;
  readonly because: GapReason;
}

/**
 * At most 500 ms of one track. `payload` is the codec's octets as received (or as sent, for the bot), as many a millisecond as the codec says; lost, held
 * and masked stretches are the codec's silence in `payload` and listed in `gaps`; never concealment.
 */
export interface TapChunk {
  readonly recording: RecordingId;
  readonly track: string;
  readonly codec: CodecName;
  readonly at: RecordingSample;
  readonly payload: Uint8Array;
  readonly gaps: readonly TapGap[];
}

export type FromMediaToRecorder =
  /** Chunks, as tap-batch.ts packs them. */
  | { readonly type: 'chunks'; readonly packed: Uint8Array }
  /** No more chunks of this leg's tracks will come: its endpoint has closed. */
  | { readonly type: 'track-closed'; readonly recording: RecordingId; readonly track: string };
