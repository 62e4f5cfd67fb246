import type { NumberWord } from '../number-word.ts';
import { ONES, TENS } from './number-vocabulary.ts';

/* English number words and the digits that stand for them. */

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

/** Takes one more or less: "two hundred and five". */
export const LINK = 'and';
/** One, before a scale: "a hundred". */
export const ARTICLE = 'a';
export const HUNDRED = 'hundred';
/** Written with a comma: 1,250. */
export const THOUSAND = 'thousand';
export const PERCENT = 'percent';
/** '$19.99': what stands for the sign, and for what follows the point. */
export const MONEY = { units: ['dollars', 'dollar'], hundredths: ['cents', 'cent'] } as const;

/** Other names of a digit, with the names that go before them. */
export const OTHER_NAMES: readonly (readonly [word: string, others: readonly string[]])[] = [
  ['oh', ['zero']],
  ['o', ['zero', 'oh']],
];

export const NUMBER_WORDS: ReadonlyMap<string, NumberWord> = new Map<string, NumberWord>([
  ...OTHER_NAMES.map(([word]) => [word, { kind: 'unit', digits: '0', ordinal: false }] as const),
  [HUNDRED, { kind: 'scale', zeros: 2 }],
  [THOUSAND, { kind: 'scale', zeros: 3 }],
  ...listed(UNITS, 'unit', false),
  ...listed(UNIT_ORDINALS, 'unit', true),
  ...listed(TEENS, 'teen', false, 10),
  ...listed(TEEN_ORDINALS, 'teen', true, 10),
  ...listed(TENS, 'tens', false),
  ...listed(TENS_ORDINALS, 'tens', true),
]);

function listed(
  words: readonly string[],
  kind: 'unit' | 'teen' | 'tens',
  ordinal: boolean,
  offset = 0,
): (readonly [string, NumberWord])[] {
  return words
    .map((word, index) => [word, { kind, digits: String(index + offset), ordinal }] as const)
    .filter(([word]) => word !== '');
}

/** What may follow the digits of an ordinal: 1 or 1st. */
export const ordinalSuffixes = (word: string): readonly string[] => [
  '',
  word === 'first' ? 'st' : word === 'second' ? 'nd' : word === 'third' ? 'rd' : 'th',
];

/** 0…999,999 in words, 'and' left out. */
export function cardinalWords(value: number): string[] {
  if (value < 10) return [UNITS[value] ?? ''];
  if (value < 20) return [TEENS[value - 10] ?? ''];
  if (value < 100) return [TENS[Math.trunc(value / 10)] ?? '', ...(value % 10 === 0 ? [] : cardinalWords(value % 10))];
  if (value < 1000)
    return [
      ...cardinalWords(Math.trunc(value / 100)),
      HUNDRED,
      ...(value % 100 === 0 ? [] : cardinalWords(value % 100)),
    ];
  return [
    ...cardinalWords(Math.trunc(value / 1000)),
    THOUSAND,
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

/** '4407' → 'four four zero seven' */
export const digitWords = (digits: string): string[] => Array.from(digits, (digit) => UNITS[Number(digit)] ?? '');
