import { ONES, TENS } from '../../../language/en/number-vocabulary.ts';
import { DIGITS, OTHER_DIGITS, SCALES } from '../../../language/zh/number-vocabulary.ts';

/* English and Chinese number words and the digits that stand for them. */

export type NumberWord =
  /** 0…9 */
  | { readonly kind: 'unit'; readonly digits: string; readonly ordinal: boolean }
  /** 10…19, two digits that nothing is added to */
  | { readonly kind: 'teen'; readonly digits: string; readonly ordinal: boolean }
  /** 2…9 for twenty…ninety: a unit may follow, else a zero is written */
  | { readonly kind: 'tens'; readonly digits: string; readonly ordinal: boolean }
  | { readonly kind: 'scale'; readonly zeros: number };

const UNITS = ONES.slice(0, 10);
const UNIT_ORDINALS = ['', 'first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth'];
const TEENS = ONES.slice(10);
const TEEN_ORDINALS = [
  'tenth',
  'eleventh',
  'twelfth',
  'thirteenth',
  'fourteenth',
  'fifteenth',
  'sixteenth',
  'seventeenth',
  'eighteenth',
  'nineteenth',
];
const TENS_ORDINALS = [
  '',
  '',
  'twentieth',
  'thirtieth',
  'fortieth',
  'fiftieth',
  'sixtieth',
  'seventieth',
  'eightieth',
  'ninetieth',
];

const words = new Map<string, NumberWord>([
  ['oh', { kind: 'unit', digits: '0', ordinal: false }],
  ['o', { kind: 'unit', digits: '0', ordinal: false }],
  ['hundred', { kind: 'scale', zeros: 2 }],
  ['thousand', { kind: 'scale', zeros: 3 }],
]);
const enter = (list: readonly string[], kind: 'unit' | 'teen' | 'tens', ordinal: boolean, offset = 0): void => {
  for (const [index, word] of list.entries())
    if (word !== '') words.set(word, { kind, digits: String(index + offset), ordinal });
};
enter(UNITS, 'unit', false);
enter(DIGITS, 'unit', false);
for (const [word, digit] of OTHER_DIGITS) words.set(word, { kind: 'unit', digits: String(digit), ordinal: false });
for (const [index, word] of SCALES.entries()) words.set(word, { kind: 'scale', zeros: index + 1 });
enter(UNIT_ORDINALS, 'unit', true);
enter(TEENS, 'teen', false, 10);
enter(TEEN_ORDINALS, 'teen', true, 10);
enter(TENS, 'tens', false);
enter(TENS_ORDINALS, 'tens', true);

export const numberWord = (word: string): NumberWord | undefined => words.get(word);

/** 0…999,999 in words, 'and' left out. */
export function cardinalWords(value: number): string[] {
  if (value < 10) return [UNITS[value] ?? ''];
  if (value < 20) return [TEENS[value - 10] ?? ''];
  if (value < 100) return [TENS[Math.trunc(value / 10)] ?? '', ...(value % 10 === 0 ? [] : cardinalWords(value % 10))];
  if (value < 1000)
    return [
      ...cardinalWords(Math.trunc(value / 100)),
      'hundred',
      ...(value % 100 === 0 ? [] : cardinalWords(value % 100)),
    ];
  return [
    ...cardinalWords(Math.trunc(value / 1000)),
    'thousand',
    ...(value % 1000 === 0 ? [] : cardinalWords(value % 1000)),
  ];
}

/** 1…99 as an ordinal: 'twenty', 'first'. */
export function ordinalWords(value: number): string[] {
  if (value < 10) return [UNIT_ORDINALS[value] ?? ''];
  if (value < 20) return [TEEN_ORDINALS[value - 10] ?? ''];
  const tens = Math.trunc(value / 10);
  return value % 10 === 0 ? [TENS_ORDINALS[tens] ?? ''] : [TENS[tens] ?? '', UNIT_ORDINALS[value % 10] ?? ''];
}

/** '4407' → '四四零七' as four words */
export const chineseDigitWords = (digits: string): string[] =>
  Array.from(digits, (digit) => DIGITS[Number(digit)] ?? '');

/** 0…99,999 as Chinese words, a word for each character: 105 is 一百零五, 15 is 十五. */
export function chineseCardinalWords(value: number): string[] {
  if (value < 10) return [DIGITS[value] ?? ''];
  const said: string[] = [];
  let skipped = false;
  for (let power = String(value).length - 1; power >= 0; power--) {
    const digit = Math.trunc(value / 10 ** power) % 10;
    if (digit === 0) {
      skipped = true;
      continue;
    }
    if (skipped) said.push('零');
    skipped = false;
    if (!(digit === 1 && power === 1 && said.length === 0)) said.push(DIGITS[digit] ?? '');
    if (power > 0) said.push(SCALES[power - 1] ?? '');
  }
  return said;
}

/** '4407' → 'four four zero seven' */
export const digitWords = (digits: string): string[] => Array.from(digits, (digit) => UNITS[Number(digit)] ?? '');
