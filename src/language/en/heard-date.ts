import type { CalendarDate } from '../item-language.ts';
import { MONTHS } from './spoken-date.ts';
import { NUMBER_WORDS } from './number-words.ts';

/*
 * Dates of birth in any wording as one string: digits, and a letter A…L for a month that was named. "27th of the 9th 1979" is 2791979,
 * "March the third, nineteen oh five" C31905. What a date may be said as is a set of such strings, and the two are compared by likelihood.
 */

export const monthSymbol = (month: number): string => String.fromCharCode(64 + month);

const MONTH_WORDS: ReadonlyMap<string, string> = new Map(
  MONTHS.flatMap((name, index) => {
    const word = name.toLowerCase();
    return [
      word,
      word.slice(0, 3),
      ...(word === 'september' ? ['sept'] : []),
      ...(word === 'june' ? ['juni'] : []),
    ].map((form) => [form, monthSymbol(index + 1)] as const);
  }),
);
/** Heard for a digit where a date is asked for. */
const DIGITS_MISHEARD: ReadonlyMap<string, string> = new Map([
  ['to', '2'],
  ['too', '2'],
  ['for', '4'],
  ['free', '3'],
  ['won', '1'],
  ['ate', '8'],
  ['sex', '6'],
  ['sick', '6'],
  ['nought', '0'],
  ['double', ''],
]);
const ROMAN = /^m{1,3}(?:c?[ld]?[xvi]*|cm[xvi]*)$/;
const ROMAN_VALUES: Readonly<Record<string, number>> = { m: 1000, d: 500, c: 100, l: 50, x: 10, v: 5, i: 1 };

/** What was heard of a date, as digits and months; empty when there is none. */
export function heardDate(text: string): string {
  const words = text
    .toLowerCase()
    .replaceAll(/u00a3|[^a-z0-9 ]/g, ' ')
    .replaceAll(/\b(\d+)(?:st|nd|rd|th)\b/g, '$1')
    .replaceAll(/([a-z])(\d)/g, '$1 $2')
    .replaceAll(/(\d)([a-z])/g, '$1 $2')
    .split(/\s+/);
  let said = '';
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const month = MONTH_WORDS.get(word);
    if (month !== undefined) said += month;
    else if (/^\d+$/.test(word)) said += word;
    else if (ROMAN.test(word)) said += romanNumber(word);
    else if (NUMBER_WORDS.has(word)) {
      const { digits, next } = numberFrom(words, at);
      said += digits;
      at = next - 1;
    } else said += DIGITS_MISHEARD.get(word) ?? '';
  }
  return said;
}

/** "nineteen seventy nine" → 1979, "two thousand and three" → 2003, "twenty seventh" → 27. */
function numberFrom(words: readonly string[], from: number): { readonly digits: string; readonly next: number } {
  const first = NUMBER_WORDS.get(words[from] ?? '');
  if (first === undefined || first.kind === 'scale') return { digits: '', next: from + 1 };
  let at = from + 1;
  let { digits } = first;
  const scale = NUMBER_WORDS.get(words[at] ?? '');
  if (scale?.kind === 'scale') {
    at += 1;
    const rest = words[at] === 'and' ? numberFrom(words, at + 1) : numberFrom(words, at);
    const follows = rest.digits !== '' && rest.digits.length <= scale.zeros;
    return follows
      ? { digits: digits + rest.digits.padStart(scale.zeros, '0'), next: rest.next }
      : { digits: digits + '0'.repeat(scale.zeros), next: at };
  }
  if (first.kind === 'tens') {
    const unit = NUMBER_WORDS.get(words[at] ?? '');
    const joins = unit?.kind === 'unit' && unit.digits !== '0';
    digits += joins ? unit.digits : '0';
    at += joins ? 1 : 0;
  }
  return { digits, next: at };
}

function romanNumber(word: string): string {
  const values = Array.from(word, (letter) => ROMAN_VALUES[letter] ?? 0);
  return String(values.reduce((sum, value, at) => sum + (value < (values[at + 1] ?? 0) ? -value : value), 0));
}

const padded = (value: number): readonly string[] => (value < 10 ? [String(value), `0${value}`] : [String(value)]);

/** How a date may be said, as `heardDate` reads it: "1960 4" is how recognizers write nineteen sixty-four. */
export function dateWordings({ year, month, day }: CalendarDate): {
  readonly dayMonth: readonly string[];
  readonly year: readonly string[];
} {
  const symbol = monthSymbol(month);
  const written = String(year);
  return {
    dayMonth: [
      ...padded(day).flatMap((first) => [symbol, ...padded(month)].map((second) => first + second)),
      `${symbol}${day}`,
    ],
    year: written.endsWith('0') ? [written] : [written, `${written.slice(0, 3)}0${written.slice(3)}`],
  };
}
