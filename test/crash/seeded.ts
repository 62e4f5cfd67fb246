import { seeded } from '../support/seeded.ts';

/* Moments and places of faults: drawn at random, and drawn again from the seed that a failed run prints. */

const given = process.env['TELLERLINE_TEST_SEED'];
export const SEED = given === undefined ? Date.now() % 1_000_000 : Number(given);

/** Numbers from 0 up to, not with, 1. @param stream - each its own */
export const random = (stream: number): (() => number) => seeded(SEED * 2_654_435_761 + stream);

/** With `npm run test:crash -- --all`: every k. */
export const ALL = process.env['TELLERLINE_TEST_CRASH'] === 'all';

/** From 1 to `last`: all of them, or so many, evenly apart from a random first one. */
export function sample(last: number, most: number, draw: () => number): readonly number[] {
  if (ALL || last <= most) return Array.from({ length: last }, (_, n) => n + 1);
  const step = last / most;
  const first = draw() * step;
  return Array.from({ length: most }, (_, n) => 1 + Math.floor(first + n * step));
}
