import {
  ALAW_SILENCE,
  ALAW_TO_LINEAR,
  type G711Codec,
  LINEAR_TO_ALAW,
  LINEAR_TO_MULAW,
  MULAW_SILENCE,
  MULAW_TO_LINEAR,
} from './g711.ts';

/** The tables of one G.711 law. */
export interface G711Law {
  readonly codec: G711Codec;
  readonly silence: number;
  readonly toLinear: Int16Array;
  /** By `sample & 0xffff`. */
  readonly fromLinear: Uint8Array;
}

const LAWS: Readonly<Record<G711Codec, G711Law>> = {
  PCMU: {
    codec: 'PCMU',
    silence: MULAW_SILENCE,
    toLinear: MULAW_TO_LINEAR,
    fromLinear: LINEAR_TO_MULAW,
  },
  PCMA: {
    codec: 'PCMA',
    silence: ALAW_SILENCE,
    toLinear: ALAW_TO_LINEAR,
    fromLinear: LINEAR_TO_ALAW,
  },
};

export const lawOf = (codec: G711Codec): G711Law => LAWS[codec];
