import { ALAW_TO_LINEAR, type G711Codec, MULAW_TO_LINEAR } from './g711.ts';

/**
 * What counts as audible, everywhere: a sample further from zero than 32 of 32,768 (−60 dBFS). The last bit of a quiet line
 * flickers below that in either law: mu-law by 8 (codes 0xFE, 0x7E), A-law, which has no zero, between 8 and 24 (0xD5, 0xD4).
 */
export const INAUDIBLE_UP_TO = 32;

/** @param sample - 16-bit linear */
export const isAudible = (sample: number): boolean => sample > INAUDIBLE_UP_TO || sample < -INAUDIBLE_UP_TO;

const audibleCodes = (linear: Int16Array): Uint8Array =>
  Uint8Array.from(linear, (sample) => (isAudible(sample) ? 1 : 0));
const AUDIBLE: Readonly<Record<G711Codec, Uint8Array>> = {
  PCMU: audibleCodes(MULAW_TO_LINEAR),
  PCMA: audibleCodes(ALAW_TO_LINEAR),
};

/** How many of these G.711 samples are audible. */
export function audibleIn(codes: Uint8Array, codec: G711Codec): number {
  const audible = AUDIBLE[codec];
  let count = 0;
  for (const code of codes) count += audible[code] ?? 0;
  return count;
}
