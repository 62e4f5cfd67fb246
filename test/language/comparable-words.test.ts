import { expect, test } from 'vitest';
import { comparableWords } from '../../src/language/comparable-words.ts';

test.each([
  ["I'd like $250.", 'i would like two hundred and fifty dollars'],
  ['January 15th, 1982', 'January fifteenth nineteen eighty two'],
  ['My number is 4410 27.', 'my number is four four one oh two seven'],
  ['$5,200.50', 'five thousand two hundred dollars and fifty cents'],
  ['One hundred and five', '105'],
  ['twenty-three', '23'],
  ["You're Mr. Smith, OK?", 'you are mister smith okay'],
  ['press 1', 'press one'],
  ['two hundred thousand', '200,000'],
])('%j says the same as %j', (one, other) => {
  expect(comparableWords(one, 'en')).toEqual(comparableWords(other, 'en'));
});

test.each([
  ['12345678', '1234567'],
  ['fifteen', 'fifty'],
  ['two hundred', 'two hundred five'],
  ['I can', "I can't"],
])('%j does not say the same as %j', (one, other) => {
  expect(comparableWords(one, 'en')).not.toEqual(comparableWords(other, 'en'));
});

test('Mandarin is compared by characters, in simplified ones, whatever the punctuation', () => {
  expect(comparableWords('我要转500元。', 'zh')).toEqual(Array.from('我要转五百元'));
  expect(comparableWords('Microsoft 的', 'zh').join('')).toBe('microsoft的');
});
