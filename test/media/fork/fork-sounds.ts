import { lawOf } from '../../../src/audio/g711-law.ts';
import type { TapGap } from '../../../src/recording/tap.ts';
import { noise } from '../../support/noise.ts';

const law = lawOf('PCMU');

/** Where `needle` starts in `samples`, or -1. */
export function indexOf(samples: ArrayLike<number>, needle: ArrayLike<number>, from = 0): number {
  for (let at = from; at + needle.length <= samples.length; at++) {
    let i = 0;
    while (i < needle.length && samples[at + i] === needle[i]) i++;
    if (i === needle.length) return at;
  }
  return -1;
}

/** Silence left out: a track may have gaps where a machine stalled, but nothing in it twice, or in another order. */
export const sounding = (...parts: ArrayLike<number>[]): number[] =>
  parts.flatMap((part) => Array.from(part)).filter((sample) => sample !== 0);

export const lasting = (gaps: readonly TapGap[], because: TapGap['because']): number =>
  gaps.filter((gap) => gap.because === because).reduce((sum, gap) => sum + gap.samples, 0);

/** Noise that G.711 carries as it is: no part of it is like another. */
export const exact = (count: number, seed: number): Int16Array =>
  noise(count, 8_000, seed).map((sample) => law.toLinear[law.fromLinear[sample & 0xffff] ?? 0] ?? 0);

export const loud = (samples: ArrayLike<number>): number => Array.from(samples).filter((s) => Math.abs(s) > 500).length;
