import { LETTER_NAMES } from './nato-letters.ts';
import { ONES } from './number-vocabulary.ts';

/** Digits that are read one by one, as in account and telephone numbers. */
export const DIGITS: readonly (readonly [word: string, digit: string])[] = [
  ...ONES.slice(0, 10).map((name, digit) => [name, String(digit)] as const),
  ['oh', '0'],
];

/** Letters that are spelled. */
export const LETTERS: readonly (readonly [word: string, letter: string])[] = [...LETTER_NAMES];

export const TIMES: readonly (readonly [word: string, count: number])[] = [
  ['double', 2],
  ['triple', 3],
];

export const YES: readonly string[] = [
  'yes',
  'yeah',
  'yep',
  'yes please',
  'yes it is',
  "yes that's right",
  "that's right",
  'that is right',
  "that's correct",
  'correct',
  'right',
  'sure',
  'okay',
  'ok',
  'of course',
  'yes i do',
  'yes go ahead',
  'go ahead',
  'please do',
  'absolutely',
];

export const NO: readonly string[] = [
  'no',
  'nope',
  'no thanks',
  'no thank you',
  "no it isn't",
  "no it's not",
  "no that's wrong",
  "that's wrong",
  'that is wrong',
  "that's not right",
  "that isn't right",
  'wrong',
  'not right',
  'incorrect',
  "no i don't",
  "don't do that",
  'not at all',
];

/** Of two. */
export const FIRST: readonly string[] = [
  'the first',
  'the first one',
  'first',
  'first one',
  'number one',
  'the former',
];
export const SECOND: readonly string[] = [
  'the second',
  'the second one',
  'second',
  'second one',
  'number two',
  'the latter',
  'the last one',
];
