import { ONES, TENS } from './number-vocabulary.ts';

/** Of decimals. */
export const POINT = 'point';

const GROUPS: readonly (readonly [number, string])[] = [
  [1_000_000_000, 'billion'],
  [1_000_000, 'million'],
  [1_000, 'thousand'],
  [100, 'hundred'],
];
const ORDINALS: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** 1234 → "one thousand two hundred thirty-four". Whole numbers below a million million; others as they are written. */
export function spokenNumber(n: number): string {
  if (!Number.isSafeInteger(n) || Math.abs(n) >= 1e12) return String(n);
  if (n < 0) return `minus ${spokenNumber(-n)}`;
  for (const [size, name] of GROUPS)
    if (n >= size) {
      const rest = n % size;
      return `${spokenNumber(Math.floor(n / size))} ${name}${rest === 0 ? '' : ` ${spokenNumber(rest)}`}`;
    }
  if (n < 20) return ONES[n] ?? '';
  const tens = TENS[Math.floor(n / 10)] ?? '';
  return n % 10 === 0 ? tens : `${tens}-${ONES[n % 10]}`;
}

/**
 * Written digits with commas, sign and decimals: "-1,234.50" → "minus one thousand two hundred thirty-four point five zero".
 * What no number can be, or is too long to be read as one, is read digit by digit.
 */
export function spokenDecimal(written: string): string {
  const [, sign = '', whole = '', , decimals] = /^([-−]?)([\d,]*)(\.(\d+))?$/.exec(written) ?? [];
  const digits = whole.replaceAll(',', '');
  const long = digits.length > 12 || (digits.length > 1 && digits.startsWith('0'));
  const words = long ? spokenDigits(digits) : spokenNumber(Number(digits));
  return `${sign === '' ? '' : 'minus '}${words}${decimals === undefined ? '' : ` point ${oneByOne(decimals)}`}`;
}

/** 21 → "twenty-first" */
export function spokenOrdinal(n: number): string {
  return spokenNumber(n).replace(
    /[a-z]+$/,
    (last) => ORDINALS[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`),
  );
}

/**
 * Read one by one, in groups that can be written down: "12345678" → "one two three four, five six seven eight". Letters
 * are spelled: "LC4829" → "L C, four eight two nine".
 */
export function spokenDigits(text: string): string {
  const groups = text.match(/\d+|[A-Za-z]+/g) ?? [];
  return groups
    .flatMap((group) => (/\d/.test(group) ? inGroups(group) : [group]))
    .map(oneByOne)
    .join(', ');
}

const oneByOne = (group: string): string =>
  group
    .split('')
    .map((c) => (/\d/.test(c) ? ONES[Number(c)] : c.toUpperCase()))
    .join(' ');

/** Groups of four when that comes out even, else of three; a short rest joins the group before it. */
function inGroups(digits: string): string[] {
  const size = digits.length % 4 === 0 || digits.length < 5 ? 4 : 3;
  const groups = digits.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
  const last = groups.at(-1);
  if (groups.length > 1 && last !== undefined && last.length === 1) groups.splice(-2, 2, `${groups.at(-2)}${last}`);
  return groups;
}
