import { describe, expect, test } from 'vitest';
import { readCategories, readNluppFold } from '../../../src/lab/evaluation/intent-tables.ts';

describe('a table of sentences and categories', () => {
  test('quoted texts may hold commas, quotation marks and line ends', () => {
    const table = 'text,category\n"One, two\nthree ""four""",fees\r\nPlain,balance\r\n\n';
    expect(readCategories('t.csv', table)).toEqual([
      { text: 'One, two\nthree "four"', intents: ['fees'] },
      { text: 'Plain', intents: ['balance'] },
    ]);
  });

  test.each([
    ['text\nhello\n', 't.csv:1: expected the columns category'],
    ['text,category\nhello,\n', 't.csv:2: expected a text and its category'],
    ['text,category\n"hello\nthere,fees\n', 't.csv:2: a field that begins with a quotation mark has no end'],
  ])('%j is refused with the line', (table, message) => {
    expect(() => readCategories('t.csv', table)).toThrow(message);
  });
});

describe('a fold of NLU++', () => {
  test('an utterance may have several intents, or none', () => {
    const fold = [{ text: 'hi', intents: ['greet', 'thank'], slots: {} }, { text: 'well' }];
    expect(readNluppFold('f.json', JSON.stringify(fold))).toEqual([
      { text: 'hi', intents: ['greet', 'thank'] },
      { text: 'well', intents: [] },
    ]);
  });

  test.each(['{', '{}', '[1]', '[{"text":1}]', '[{"text":"a","intents":"b"}]'])('%s is refused', (fold) => {
    expect(() => readNluppFold('f.json', fold)).toThrow('f.json: ');
  });
});
