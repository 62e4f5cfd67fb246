import { ONES, TENS } from './number-vocabulary.ts';

/* English numbers as they are said, in figures. */

const VALUES = new Map<string, number>([
  ...ONES.map((word, value) => [word, value] as const),
  ...TENS.flatMap((word, tens) => (word === '' ? [] : [[word, tens * 10] as const])),
]);
const SCALES: readonly (readonly [word: string, size: number])[] = [
  ['billion', 1_000_000_000],
  ['million', 1_000_000],
  ['thousand', 1_000],
];

export const isZero = (word: string | undefined): boolean =>
  word === 'zero' || word === 'oh' || word === 'o' || word === 'nought';

/** 0…99: "forty five". Undefined: something else. */
export function heardBelowHundred(words: readonly string[]): number | undefined {
  const [first = '', second, third] = words;
  const value = /^\d{1,2}$/.test(first) ? Number(first) : VALUES.get(first);
  if (value === undefined || third !== undefined) return undefined;
  if (second === undefined) return value;
  const unit = VALUES.get(second);
  return value >= 20 && value % 10 === 0 && unit !== undefined && unit >= 1 && unit <= 9 ? value + unit : undefined;
}

/** "two hundred and five", "twelve hundred", "a hundred" */
function belowTenThousand(words: readonly string[]): number | undefined {
  const at = words.indexOf('hundred');
  if (at < 0) return heardBelowHundred(words);
  const many = words[0] === 'a' && at === 1 ? 1 : heardBelowHundred(words.slice(0, at));
  const rest = words[at + 1] === 'and' ? words.slice(at + 2) : words.slice(at + 1);
  if (many === undefined || many === 0 || (words[at + 1] === 'and' && rest.length === 0)) return undefined;
  const less = rest.length === 0 ? 0 : heardBelowHundred(rest);
  return less === undefined || (less === 0 && rest.length > 0) ? undefined : many * 100 + less;
}

/** A whole number in full: "one thousand two hundred and five". Undefined: none. */
export function heardCardinal(words: readonly string[]): number | undefined {
  const [only = ''] = words;
  if (words.length === 1 && /^\d{1,15}$/.test(only)) return Number(only);
  if (words.length === 1 && isZero(only)) return 0;
  for (const [name, size] of SCALES) {
    const at = words.indexOf(name);
    if (at < 0) continue;
    const many = words[0] === 'a' && at === 1 ? 1 : belowTenThousand(words.slice(0, at));
    const rest = words[at + 1] === 'and' ? words.slice(at + 2) : words.slice(at + 1);
    if (many === undefined || many === 0 || many >= 1_000 || (words[at + 1] === 'and' && rest.length === 0))
      return undefined;
    if (rest.length === 0) return many * size;
    const less = heardCardinal(rest);
    return less === undefined || less === 0 || less >= size ? undefined : many * size + less;
  }
  return belowTenThousand(words);
}

/** Two numbers that are said as one, each below a hundred: "twelve fifty", "one sixty six", "nineteen oh five". */
export function heardPair(words: readonly string[]): readonly [number, number] | undefined {
  for (let at = 1; at < words.length; at++) {
    const first = heardBelowHundred(words.slice(0, at));
    const behind = words.slice(at);
    const [zero, unit] = behind;
    const second = isZero(zero) && behind.length === 2 ? heardBelowHundred([unit ?? '']) : heardBelowHundred(behind);
    if (first === undefined || second === undefined || first === 0) continue;
    if (isZero(zero) ? second < 10 : second >= 10) return [first, second];
  }
  return undefined;
}

/** "three point one four", "minus twelve": '3.14', '-12'. The pair last: "twelve fifty" is '1250' too. */
export function heardNumbers(words: readonly string[]): readonly string[] {
  const minus = words[0] === 'minus' || words[0] === 'negative';
  const said = minus ? words.slice(1) : words;
  const sign = minus ? '-' : '';
  const [only = ''] = said;
  if (said.length === 1 && /^\d+(?:\.\d+)?$/.test(only)) return [`${sign}${only}`];
  const point = said.indexOf('point');
  if (point >= 0) {
    const whole = point === 0 ? 0 : heardCardinal(said.slice(0, point));
    const decimals = said.slice(point + 1).map((word) => (isZero(word) ? 0 : (VALUES.get(word) ?? Number.NaN)));
    return whole === undefined || decimals.length === 0 || !decimals.every((digit) => digit < 10)
      ? []
      : [`${sign}${whole}.${decimals.join('')}`];
  }
  const cardinal = heardCardinal(said);
  const pair = heardPair(said);
  return [...(cardinal === undefined ? [] : [cardinal]), ...(pair === undefined ? [] : [pair[0] * 100 + pair[1]])].map(
    (value) => `${sign}${value}`,
  );
}
