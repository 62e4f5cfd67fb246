/**
 * What counts as audible, everywhere: a sample further from zero than 32 of 32,768 (−60 dBFS). The last bit of a quiet line
 * flickers below that in either law: mu-law by 8 (codes 0xFE, 0x7E), A-law, which has no zero, between 8 and 24 (0xD5, 0xD4).
 */
export const INAUDIBLE_UP_TO = 32;

/** @param sample - 16-bit linear */
export const isAudible = (sample: number): boolean => sample > INAUDIBLE_UP_TO || sample < -INAUDIBLE_UP_TO;

/** How many of these samples are audible. */
export function audibleIn(samples: Int16Array): number {
  let count = 0;
  for (let i = 0; i < samples.length; i++) if (isAudible(samples[i] ?? 0)) count++;
  return count;
}
