import type { Codec, LinearFrame } from '../../domain/codec.ts';
import { type LegSample, legSample, TELEPHONE_RATE } from '../../domain/units.ts';

/** A packet of audio, in the order of arrival. The same object each time. */
export interface HeardPacket extends LinearFrame {
  at: LegSample;
  /** Samples in it. */
  count: number;
  /** What it came with, and its octets as they came; undefined: it came as linear audio. */
  codec: Codec | undefined;
  payload: Uint8Array;
  /** Its sound at the codec's own rate, where that is known and another one. */
  readonly own?: LinearFrame | undefined;
  /** Agreed silence before it: the far end sent nothing, and nothing was lost. */
  quietBefore: number;
  /** Samples before it that the drift correction left out: repeat the first one. */
  repeatBefore: number;
  sequence: number;
  /** The sender's own time: samples at the frame's rate, modulo 2^32. */
  timestamp: number;
  ssrc: number;
}

export const newHeardPacket = (): Omit<HeardPacket, 'samples'> & { samples: Int16Array } => ({
  rate: TELEPHONE_RATE,
  at: legSample(0),
  count: 0,
  samples: new Int16Array(0),
  codec: undefined,
  payload: new Uint8Array(0),
  quietBefore: 0,
  repeatBefore: 0,
  sequence: 0,
  timestamp: 0,
  ssrc: 0,
});
