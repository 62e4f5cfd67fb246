import { expect, test } from 'vitest';
import { maskedSegments, spansOfNumbers, wordsOf } from '../../src/archive/transcript/spoken-segments.ts';

const said = (fromMs: number, text: string, track = 'customer') => ({
  track,
  speaker: track,
  fromMs,
  toMs: fromMs + 2_000,
  text,
  confidence: 0.9,
  words: [],
  source: 'whisper',
  personal: true,
});

test('where a number was said is masked, with what is around it; also where it came in groups, and from the bot', () => {
  const heard = [
    said(1_000, 'good morning'),
    said(5_000, 'my card is 4111 1111'),
    said(9_000, '1111 1111 and that is all'),
    said(12_000, 'you said 4111 1111 1111 1111', 'bot'),
    said(20_000, 'thank you'),
    said(60_000, 'it is [identity number]'),
  ];
  expect(spansOfNumbers(heard).map(({ track, fromMs, toMs, source }) => [track, fromMs, toMs, source])).toEqual([
    ['customer', 4_700, 7_300, 'card-number'],
    ['customer', 8_700, 11_300, 'card-number'],
    ['bot', 11_700, 14_300, 'card-number'],
    ['customer', 59_700, 62_300, 'identity-number'],
  ]);
  const texts = maskedSegments(heard)
    .map(({ text }) => text)
    .join('|');
  expect(texts).not.toMatch(/\d/);
  expect(texts).toContain('[card number]');
});

test('digits a minute apart are no number', () => {
  expect(spansOfNumbers([said(0, '4111 1111'), said(60_000, '1111 1111')])).toEqual([]);
});

test('words share the time of their utterance in order and without a gap, in both languages', () => {
  const words = wordsOf('查询余额，press one [card number]。', { fromMs: 1_000, toMs: 3_000 });
  expect(words.map(({ text }) => text)).toEqual(['查', '询', '余', '额，', 'press', 'one', '[card number]。']);
  expect([words[0]?.fromMs, words.at(-1)?.toMs]).toEqual([1_000, 3_000]);
  for (const [n, { fromMs }] of words.entries()) if (n > 0) expect(fromMs).toBe(words[n - 1]?.toMs);
  expect(wordsOf('', { fromMs: 0, toMs: 1 })).toEqual([]);
});
