import { expect, test } from 'vitest';
import { grammarWords } from '../../src/language/grammar-words.ts';

test.each([
  ["I'd like to check my balance, please.", "i'd like to check my balance please"],
  ['My account number is 441027.', 'my account number is four four one zero two seven'],
  ['Transfer $1,250.50 to savings!', 'transfer one thousand two hundred fifty dollars and fifty cents to savings'],
  ['250 dollars', 'two hundred fifty dollars'],
  ['January 15th', 'january fifteenth'],
  ['on the 21st of May', 'on the twenty first of may'],
  ['press 1', 'press one'],
  ['05', 'zero five'],
  ['5%', 'five percent'],
  ["That’s — 'quoted' … right?", "that's quoted right"],
  ['Nine-eight, seven', 'nine eight seven'],
  [
    '12345678901234567890 dollars',
    'one two three four five six seven eight nine zero one two three four five six seven eight nine zero dollars',
  ],
  ['', ''],
  ['...', ''],
])('%s', (text, words) => {
  expect(grammarWords(text).join(' ')).toBe(words);
});

test.each([
  ['我想查询余额。', '我想查询余额'],
  ['尾号是0057。', '尾号是零零五七'],
  ['转账500元', '转账五百元'],
  ['3月15日', '三月十五日'],
  ['1,250块', '一千二百五十块'],
  ['卡号是62284801', '卡号是六二二八四八零一'],
  ['105', '一百零五'],
])('%s in Mandarin', (text, words) => {
  expect(grammarWords(text, 'zh').join('')).toBe(words);
});
