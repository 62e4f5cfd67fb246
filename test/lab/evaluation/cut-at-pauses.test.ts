import { expect, test } from 'vitest';
import { cutAtPauses } from '../../../src/lab/evaluation/cut-at-pauses.ts';

const RATE = 8000;
/** A tone that pauses for half a second at each of these seconds. */
const talk = (seconds: number, pauses: readonly number[]): Int16Array =>
  Int16Array.from({ length: seconds * RATE }, (_, at) =>
    pauses.some((pause) => Math.abs(at / RATE - pause) < 0.25) ? 0 : 8000 * Math.sin(at / 3),
  );

test('what is short stays whole', () => {
  expect(cutAtPauses(talk(15, [5]))).toHaveLength(1);
  expect(cutAtPauses(new Int16Array(0))).toHaveLength(1);
});

test('long audio is cut in its pauses, and nothing of it is lost', () => {
  const audio = talk(40, [4, 12, 25, 33]);
  const pieces = cutAtPauses(audio);
  expect(pieces.reduce((sum, piece) => sum + piece.length, 0)).toBe(audio.length);
  for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(15 * RATE);
  let at = 0;
  for (const piece of pieces.slice(0, -1)) {
    at += piece.length / RATE;
    expect([4, 12, 25, 33].some((pause) => Math.abs(pause - at) < 0.3)).toBe(true);
  }
});

test('without any pause it is cut all the same', () => {
  const pieces = cutAtPauses(talk(31, []));
  expect(pieces.length).toBeGreaterThan(2);
  for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(15 * RATE);
});
