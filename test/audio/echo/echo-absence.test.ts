import { expect, test } from 'vitest';
import { EchoAbsence, type EchoFrame } from '../../../src/audio/echo/echo-absence.ts';

const LOUD = 58 * 58;
const frame = (line: number, left: number, explained: boolean): EchoFrame => ({
  played: 1000 * 1000,
  line,
  left,
  loud: LOUD,
  explained,
});
/** What 500 frames of loud playback show. */
function verdictOf(frames: (n: number) => EchoFrame): unknown {
  const absence = new EchoAbsence();
  const verdicts = Array.from({ length: 500 }, (_, n) => absence.hear(frames(n)));
  expect(verdicts.slice(0, -1).every((verdict) => verdict === undefined)).toBe(true);
  return verdicts.at(-1);
}

test('a line whose echo is taken out in every tenth frame has echo', () => {
  expect(verdictOf((n) => frame(10 * LOUD, n % 10 === 0 ? LOUD : 10 * LOUD, false))).toBeUndefined();
  expect(verdictOf((n) => frame(10 * LOUD, n % 11 === 0 ? LOUD : 10 * LOUD, true))).toBe('nothing-cancelled');
});

test('a caller who is louder than any echo, and a silent line, have none', () => {
  expect(verdictOf(() => frame(100 * LOUD, 90 * LOUD, false))).toBe('no-echo');
  expect(verdictOf(() => frame(10, 1, true))).toBe('no-echo');
});

test('soft playback says nothing', () => {
  const absence = new EchoAbsence();
  for (let n = 0; n < 5000; n++) expect(absence.hear({ ...frame(10, 1, true), played: 100 })).toBeUndefined();
});
