import {
  ALAW_SILENCE,
  ALAW_TO_LINEAR,
  ALAW_TO_MULAW,
  type G711Codec,
  LINEAR_TO_ALAW,
  LINEAR_TO_MULAW,
  MULAW_SILENCE,
  MULAW_TO_ALAW,
  MULAW_TO_LINEAR,
} from './g711.ts';

/** The tables of one G.711 law. */
export interface G711Law {
  readonly codec: G711Codec;
  readonly silence: number;
  readonly toLinear: Int16Array;
  /** By `sample & 0xffff`. */
  readonly fromLinear: Uint8Array;
  /** By code: the same sample in the other law. */
  readonly toOther: Uint8Array;
}

const LAWS: Readonly<Record<G711Codec, G711Law>> = {
  PCMU: {
    codec: 'PCMU',
    silence: MULAW_SILENCE,
    toLinear: MULAW_TO_LINEAR,
    fromLinear: LINEAR_TO_MULAW,
    toOther: MULAW_TO_ALAW,
  },
  PCMA: {
    codec: 'PCMA',
    silence: ALAW_SILENCE,
    toLinear: ALAW_TO_LINEAR,
    fromLinear: LINEAR_TO_ALAW,
    toOther: ALAW_TO_MULAW,
  },
};

export const lawOf = (codec: G711Codec): G711Law => LAWS[codec];

/** Expands `count` bytes into `into`. */
export function expand(law: G711Law, bytes: Uint8Array, into: Int16Array, count: number): void {
  for (let i = 0; i < count; i++) into[i] = law.toLinear[bytes[i] ?? law.silence] ?? 0;
}

/** Compresses `count` samples into `into`. */
export function compress(law: G711Law, samples: Int16Array, into: Uint8Array, count: number): void {
  for (let i = 0; i < count; i++) into[i] = law.fromLinear[(samples[i] ?? 0) & 0xffff] ?? law.silence;
}
