import { wallMs } from '../../../src/domain/units.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openPromptLengths } from '../../../src/archive/receipts/prompt-lengths.ts';
import { unheardNotices } from '../../../src/archive/receipts/receipts-document.ts';
import { playoutReceipts } from '../../../src/archive/receipts/playout-receipts.ts';
import type { CallEvent, CallFact } from '../../../src/domain/call-event.ts';
import type { ContactId, TurnId } from '../../../src/domain/ids.ts';

const contact = '01890a5d-ac96-774b-bcce-b302099a8058' as ContactId;
const turn = (n: number): TurnId => `${contact}.${n}` as TurnId;
const journal = (facts: readonly CallFact[]): CallEvent[] =>
  facts.map((fact, n) => ({ v: 1, contact, seq: n + 1, at: wallMs(1_700_000_000_000 + n), t_ms: n * 100, ...fact }));
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

test('one that was playing when the call was over ended in the word that was said then; what a crash cut off is not known', () => {
  const hungUp = (because: 'caller-hung-up' | 'crashed'): CallEvent[] =>
    journal([
      started(1, 'notice/recording', TERMS),
      // noted when the recording is sealed; the call was over 1.5 s after its offer
      { type: 'call-ended', because, duration_ms: 1_500 },
    ]);
  expect(playoutReceipts(hungUp('caller-hung-up'), () => 3_000)).toMatchObject([
    { outcome: 'interrupted', played_ms: 1_500, words_played: 4, ended_in: 'and', method: 'estimated' },
  ]);
  expect(playoutReceipts(hungUp('caller-hung-up'), () => 100)[0]?.outcome).toBe('interrupted');
  const given = (notice: string, text: string): CallFact => ({
    type: 'notice-given',
    notice,
    version: 7,
    text,
    heard_whole: false,
  });
  const noted = journal([
    started(1, 'notice/recording', TERMS),
    given('recording', TERMS),
    given('assistant', 'I am a machine.'),
    { type: 'call-ended', because: 'caller-hung-up', duration_ms: 1_500 },
  ]);
  expect(playoutReceipts(noted, () => 3_000)).toMatchObject([
    { outcome: 'not-played', notice: { id: 'assistant', version: 7 } },
    { outcome: 'interrupted', notice: { id: 'recording', version: 7 }, ended_in: 'and' },
  ]);
  expect(playoutReceipts(hungUp('crashed'))).toMatchObject([{ outcome: 'unfinished', notice: { id: 'recording' } }]);
});

test('one whose end nobody noted is told as such; of a disclosure by its name', () => {
  const events = journal([started(1, 'notice/recording', TERMS), started(2, 'fee', 'The fee is five yuan.')]);
  expect(playoutReceipts(events)).toMatchObject([
    { outcome: 'unfinished', notice: { id: 'recording', version: null }, played_ms: 0 },
    { outcome: 'unfinished', prompt: 'fee' },
  ]);
});

test('what is one caller’s alone stands in no receipt, nor the word in which it ended', () => {
  const [receipt] = playoutReceipts(
    journal([
      {
        ...(started(1, 'balance', 'Your balance is nine thousand yuan.') as CallFact & { type: 'prompt-started' }),
        personal: true,
      },
      finished(1, 'balance', 1_000, 'barge-in'),
    ]),
  );
  expect(receipt).toMatchObject({ text: '[personal]', outcome: 'interrupted', words: 6 });
  expect(receipt).not.toHaveProperty('ended_in');
});

test('recordings are found whose notice was not heard whole; one that was said again, and heard, is no such', () => {
  const cut = [started(1, 'notice/recording', TERMS), finished(1, 'notice/recording', 1_500, 'stopped')];
  const given = (heard_whole: boolean): CallFact => ({
    type: 'notice-given',
    notice: 'recording',
    version: 3,
    text: TERMS,
    heard_whole,
  });
  const once = playoutReceipts(journal([...cut, given(false)]));
  expect(unheardNotices(once)).toMatchObject([{ notice: { id: 'recording', version: 3 }, outcome: 'interrupted' }]);
  const again = [started(2, 'notice/recording', TERMS), finished(2, 'notice/recording', 3_000, 'end'), given(true)];
  expect(unheardNotices(playoutReceipts(journal([...cut, given(false), ...again])))).toEqual([]);
  expect(unheardNotices(playoutReceipts(journal([started(1, 'fee', 'x'), finished(1, 'fee', 1, 'stopped')])))).toEqual(
    [],
  );
});

test('how long a prompt is is known from other calls, the oldest forgotten first; what is personal is not remembered', () => {
  const lengths = openPromptLengths();
  lengths.learn(journal([started(1, 'notice', TERMS), finished(1, 'notice', 3_000, 'end')]));
  lengths.learn(journal([started(1, 'cut', 'cut off'), finished(1, 'cut', 100, 'barge-in')]));
  lengths.learn(
    journal([
      { ...(started(1, 'balance', 'nine yuan') as CallFact & { type: 'prompt-started' }), personal: true },
      finished(1, 'balance', 900, 'end'),
    ]),
  );
  expect([TERMS, 'cut off', 'nine yuan'].map((text) => lengths.lengthOf(text))).toEqual([3_000, undefined, undefined]);
  for (let n = 0; n < 2_000; n++) lengths.learn(journal([started(1, 'p', `text ${n}`), finished(1, 'p', n, 'end')]));
  expect([TERMS, 'text 1999'].map((text) => lengths.lengthOf(text))).toEqual([undefined, 1_999]);
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
