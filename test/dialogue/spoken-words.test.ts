import { expect, test } from 'vitest';
import { spokenWords, withoutHesitations } from '../../src/dialogue/nlu/spoken-words.ts';

test('free text is spelled as grammars spell', () => {
  expect(spokenWords(['What’s', 'my', 'balance?', '12', "'quoted'"])).toEqual([
    "what's",
    'my',
    'balance',
    'one',
    'two',
    'quoted',
  ]);
  expect(withoutHesitations(['uh', 'hello', 'my', 'balance'])).toEqual(['my', 'balance']);
});
