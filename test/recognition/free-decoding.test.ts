import { describe, expect, test } from 'vitest';
import { repeatedTail } from '../../src/speech/engines/whisper/free-decoding.ts';
import { vocabulary } from './vocabulary.ts';

/** What is left of a text once its repetitions are cut off, token by token as a decoder writes it. */
function guarded(text: string): string {
  const written: number[] = [];
  for (const token of vocabulary.encode(text)) {
    written.push(token);
    const repeated = repeatedTail(written, vocabulary);
    if (repeated > 0) return vocabulary.decode(written.slice(0, written.length - repeated));
  }
  return vocabulary.decode(written);
}

describe('a decoder that runs in circles is stopped', () => {
  test.each([
    [' I lost my card. I lost my card. I lost my card.', ' I lost my card.'],
    [' thank you thank you thank you thank you thank you', ' thank you'],
    ['我要查余额。我要查余额。', '我要查余额。'],
  ])('%s', (text, kept) => {
    expect(guarded(text).startsWith(kept)).toBe(true);
    expect(guarded(text).length).toBeLessThan(text.length);
  });
});

test.each([
  ' 12341234',
  ' 1, 2, 3, 4, 1, 2, 3, 4.',
  ' zero zero zero zero',
  ' 0 0 0 0 5',
  ' One, two, one, two, one, two.',
  '零零零零一',
  ' 55555555',
  ' no, no, no',
  ' my account is 1-2-1-2-1-2-1-2',
])('what people do say is left alone: %s', (text) => {
  expect(guarded(text)).toBe(text);
});
