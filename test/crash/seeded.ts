import { seeded } from '../support/seeded.ts';

/* Moments and places of faults: drawn at random, and drawn again from the seed that a failed run prints. */

const given = process.env['TELLERLINE_TEST_SEED'];
export const SEED = given === undefined ? Date.now() % 1_000_000 : Number(given);

/** Numbers from 0 up to, not with, 1. @param stream - each its own */
export const random = (stream: number): (() => number) => seeded(SEED * 2_654_435_761 + stream);

/** With `npm run test:crash -- --all`: every k; with `-- --slice=2/6`: 2, 8, 14 and so on; undefined: a sample. */
const EVERY = everyOf(process.env['TELLERLINE_TEST_CRASH']);

function everyOf(asked: string | undefined): { readonly from: number; readonly step: number } | undefined {
  if (asked === 'all') return { from: 1, step: 1 };
  const [, from, step] = /^(\d+)\/(\d+)$/.exec(asked ?? '') ?? [];
  return step === undefined ? undefined : { from: Number(from), step: Number(step) };
}

/** From 1 to `last`: all of them, or so many, evenly apart from a random first one. */
export function sample(last: number, most: number, draw: () => number): readonly number[] {
  const { from, step } = EVERY ?? { from: 1, step: 1 };
  if (EVERY !== undefined || last <= most)
    return Array.from({ length: Math.max(0, Math.ceil((last - from + 1) / step)) }, (_, n) => from + n * step);
  const apart = last / most;
  const first = draw() * apart;
  return Array.from({ length: most }, (_, n) => 1 + Math.floor(first + n * apart));
}
