import type { NumberWord } from '../number-word.ts';
import { DIGITS, OTHER_DIGITS, SCALES } from './number-vocabulary.ts';

/* Chinese number words, a character each, and the digits that stand for them. */

/** Stands for digits that are zero: 一百零五. */
export const LINK = DIGITS[0] ?? '';

/** Other names of a digit, with the names that go before them. */
export const OTHER_NAMES: readonly (readonly [word: string, others: readonly string[]])[] = OTHER_DIGITS.map(
  ([word, digit]) => [word, [DIGITS[digit] ?? '']],
);

export const NUMBER_WORDS: ReadonlyMap<string, NumberWord> = new Map<string, NumberWord>([
  ...DIGITS.map((word, digit) => [word, { kind: 'unit', digits: String(digit), ordinal: false }] as const),
  ...OTHER_DIGITS.map(([word, digit]) => [word, { kind: 'unit', digits: String(digit), ordinal: false }] as const),
  ...SCALES.map((word, index) => [word, { kind: 'scale', zeros: index + 1 }] as const),
]);

/** '4407' → '四四零七' as four words */
export const digitWords = (digits: string): string[] => Array.from(digits, (digit) => DIGITS[Number(digit)] ?? '');

/** 0…99,999 in words: 105 is 一百零五, 15 is 十五. */
export function cardinalWords(value: number): string[] {
  if (value < 10) return [DIGITS[value] ?? ''];
  const said: string[] = [];
  let skipped = false;
  for (let power = String(value).length - 1; power >= 0; power--) {
    const digit = Math.trunc(value / 10 ** power) % 10;
    if (digit === 0) {
      skipped = true;
      continue;
    }
    if (skipped) said.push(LINK);
    skipped = false;
    if (!(digit === 1 && power === 1 && said.length === 0)) said.push(DIGITS[digit] ?? '');
    if (power > 0) said.push(SCALES[power - 1] ?? '');
  }
  return said;
}
