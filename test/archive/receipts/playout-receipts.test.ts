import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { playoutReceipts } from '../../../src/archive/receipts/playout-receipts.ts';
import type { CallEvent, CallFact } from '../../../src/domain/call-event.ts';
import type { ContactId, TurnId } from '../../../src/domain/ids.ts';

const contact = '01890a5d-ac96-774b-bcce-b302099a8058' as ContactId;
const turn = (n: number): TurnId => `${contact}.${n}` as TurnId;
const journal = (facts: readonly CallFact[]): CallEvent[] =>
  facts.map((fact, n) => ({ v: 1, contact, seq: n + 1, at: 1_700_000_000_000 + n, t_ms: n * 100, ...fact }));
const started = (n: number, prompt: string, text: string): CallFact => ({
  type: 'prompt-started',
  personal: false,
  turn: turn(n),
  prompt,
  text,
  cached: true,
});
const finished = (
  n: number,
  prompt: string,
  played_ms: number,
  because: 'end' | 'barge-in' | 'stopped' | 'failed',
): CallFact => ({ type: 'prompt-finished', turn: turn(n), prompt, played_ms, because });

const TERMS = 'This call is recorded and kept for five years.';

test('a disclosure that was played in full has a receipt that says so, with its version', () => {
  const [receipt] = playoutReceipts(
    journal([
      started(1, 'notice', TERMS),
      finished(1, 'notice', 3_000, 'end'),
      { type: 'notice-given', notice: 'recording', version: 3, text: TERMS, heard_whole: true },
    ]),
  );
  expect(receipt).toMatchObject({
    outcome: 'whole',
    notice: { id: 'recording', version: 3 },
    played_ms: 3_000,
    words: 9,
  });
  expect(receipt).not.toHaveProperty('ended_in');
});

test('one that was interrupted says at which word, counted by its own length where that is known', () => {
  const events = journal([started(1, 'notice', TERMS), finished(1, 'notice', 1_500, 'barge-in')]);
  // half of three seconds: 23 of 46 letters, "This call is recorded |and| kept"
  expect(playoutReceipts(events, () => 3_000)[0]).toMatchObject({
    outcome: 'interrupted',
    words_played: 4,
    ended_in: 'and',
    method: 'counted',
  });
  const twice = journal([
    started(1, 'notice', TERMS),
    finished(1, 'notice', 1_500, 'barge-in'),
    started(2, 'notice', TERMS),
    finished(2, 'notice', 3_000, 'end'),
  ]);
  expect(playoutReceipts(twice)[0]).toMatchObject({ ended_in: 'and', method: 'counted' });
});

test('without its length it is estimated by the pace of the call, in Chinese too', () => {
  const events = journal([
    started(1, 'hello', '您好，欢迎致电示例银行。'),
    finished(1, 'hello', 2_400, 'end'),
    started(2, 'terms', '本产品不保本，可能亏损全部本金。'),
    finished(2, 'terms', 1_300, 'barge-in'),
  ]);
  const receipt = playoutReceipts(events)[1];
  expect(receipt).toMatchObject({ outcome: 'interrupted', method: 'estimated' });
  expect(receipt?.words_played).toBeGreaterThanOrEqual(2);
  expect('本产品不保本，可能亏损全部本金。').toContain(receipt?.ended_in);
});

test('a disclosure that never was played is told as such, and so is one whose audio failed', () => {
  const events = journal([
    { type: 'notice-given', notice: 'recording', version: 3, text: TERMS, heard_whole: false },
    started(1, 'fee', 'The fee is five yuan.'),
    finished(1, 'fee', 200, 'failed'),
  ]);
  expect(playoutReceipts(events).map(({ outcome }) => outcome)).toEqual(['not-played', 'failed']);
});

describe('whatever the journal says', () => {
  test('nothing interrupted counts as whole, and the word is one of the text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('yes', '余额', 'fee,', '5', '。'), { minLength: 1 }),
        fc.nat(20_000),
        fc.nat(10_000),
        (words, played, length) => {
          const text = words.join(' ');
          const [receipt] = playoutReceipts(
            journal([started(1, 'p', text), finished(1, 'p', played, 'barge-in')]),
            () => length,
          );
          expect(receipt?.outcome).toBe('interrupted');
          expect(receipt?.words_played ?? 0).toBeLessThan(Math.max(1, receipt?.words ?? 0));
          if (receipt?.ended_in !== undefined) expect(text).toContain(receipt.ended_in);
        },
      ),
    );
  });
});
