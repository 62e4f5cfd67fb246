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
/** What frames of loud playback show, and when. */
function verdictOf(frames: (n: number) => EchoFrame): { readonly after: number; readonly verdict: unknown } {
  const absence = new EchoAbsence();
  for (let n = 0; n < 500; n++) {
    const verdict = absence.hear(frames(n));
    if (verdict !== undefined) return { after: n + 1, verdict };
  }
  return { after: 500, verdict: undefined };
}

test('a line whose echo is taken out in every tenth frame has echo', () => {
  expect(verdictOf((n) => frame(10 * LOUD, n % 10 === 0 ? LOUD : 10 * LOUD, false)).verdict).toBeUndefined();
  const barely = verdictOf((n) => frame(10 * LOUD, n % 11 === 0 ? LOUD : 10 * LOUD, true));
  expect(barely).toEqual({ after: 500, verdict: 'nothing-cancelled' });
});

test('a caller who is louder than any echo, and a silent line, have none: known after 3 s when nothing at all was cancelled', () => {
  expect(verdictOf(() => frame(100 * LOUD, 90 * LOUD, false))).toEqual({ after: 150, verdict: 'no-echo' });
  expect(verdictOf(() => frame(10, 1, true))).toEqual({ after: 150, verdict: 'no-echo' });
  const explained = verdictOf((n) => frame(10 * LOUD, 9 * LOUD, n % 10 === 0));
  expect(explained).toEqual({ after: 150, verdict: 'nothing-cancelled' });
  const once = verdictOf((n) => frame(100 * LOUD, n === 100 ? LOUD : 90 * LOUD, false));
  expect(once).toEqual({ after: 500, verdict: 'no-echo' });
});

test('soft playback says nothing', () => {
  const absence = new EchoAbsence();
  for (let n = 0; n < 5000; n++) expect(absence.hear({ ...frame(10, 1, true), played: 100 })).toBeUndefined();
});
