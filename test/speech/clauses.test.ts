import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clausesOf, pauseAfter } from '../../src/speech/synthesis/clauses.ts';

describe('a text is cut where a voice would breathe', () => {
  const table: readonly (readonly [text: string, clauses: readonly string[]])[] = [
    ['', []],
    ['Yes', ['Yes']],
    ['Thank you. Goodbye.', ['Thank you. ', 'Goodbye.']],
    ['Really?! No... Yes!', ['Really?! ', 'No... ', 'Yes!']],
    ['Your balance is 1,250.75 dollars.', ['Your balance is 1,250.75 dollars.']],
    ['We open at 9:30 and close at 17:00.', ['We open at 9:30 and close at 17:00.']],
    ['Ask Dr. Smith at 5 p.m. tomorrow. Then call.', ['Ask Dr. Smith at 5 p.m. tomorrow. ', 'Then call.']],
    ['John F. Kennedy spoke. We heard.', ['John F. Kennedy spoke. ', 'We heard.']],
    ['She said "stop." Then she left.', ['She said "stop." ', 'Then she left.']],
    ['One; two: three.', ['One; ', 'two: ', 'three.']],
    ['Yes, of course, sir.', ['Yes, of course, sir.']],
    [
      'If you would like to hear your balance or report a lost card, say so now, please.',
      ['If you would like to hear your balance or report a lost card, ', 'say so now, please.'],
    ],
    ['您好。请问您要查询什么？请说余额。', ['您好。', '请问您要查询什么？', '请说余额。']],
    ['It ends etc.', ['It ends etc.']],
  ];
  test.each(table)('%j', (text, clauses) => {
    expect(clausesOf(text)).toEqual(clauses);
  });

  test('a sentence without any mark is cut between words, an endless word by force', () => {
    const words = clausesOf('word '.repeat(100));
    expect(words.length).toBeGreaterThan(1);
    for (const clause of words) expect(clause).toMatch(/^(word )+$/);
    expect(clausesOf('x'.repeat(1000)).length).toBeGreaterThan(1);
  });
});

test('the clauses of any text join to exactly that text, and none is empty or without bound', () => {
  const pieces = fc.constantFrom(
    'a',
    ' ',
    '.',
    ',',
    '。',
    '，',
    '好',
    '"',
    '1',
    '\n',
    '😀',
    'Dr',
    '...',
    ';',
    '\ud800',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 600 }),
    fc.array(pieces, { maxLength: 900 }).map((p) => p.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const clauses = clausesOf(text);
      expect(clauses.join('')).toBe(text);
      for (const clause of clauses) {
        expect(clause.length).toBeGreaterThan(0);
        expect(Array.from(clause.trimEnd().replace(/["'”’»)\]）」』\s]+$/u, '')).length).toBeLessThanOrEqual(400);
      }
    }),
  );
});

test('the pause after a clause follows its last mark', () => {
  expect(pauseAfter('The end. ')).toBeGreaterThan(pauseAfter('the middle, '));
  expect(pauseAfter('the middle, ')).toBeGreaterThan(pauseAfter('and'));
  expect(pauseAfter('She said "stop." ')).toBe(pauseAfter('Stop.'));
  expect(pauseAfter('好的。')).toBe(pauseAfter('Good.'));
});
