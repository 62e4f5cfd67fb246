import { DIGITS } from './number-vocabulary.ts';

/* Numbers as Mandarin speakers say them. 两 is two of something, 二 the number; 幺 is one in what is read digit by digit. */

/** Of decimals. */
export const POINT = '点';
const TWO = '两';
const SECTION: readonly string[] = ['', '十', '百', '千'];

/**
 * Below ten thousand.
 *
 * @param within - something stands before it, and zeros are said
 * @param emptyScale - a whole scale between the two is empty: 一亿零二千, where 一亿二千 would be 120 million
 */
function section(value: number, within: boolean, emptyScale = false): string {
  let said = '';
  let skipped = within && (emptyScale || value < 1000);
  for (let power = 3; power >= 0; power--) {
    const digit = Math.trunc(value / 10 ** power) % 10;
    if (digit === 0) {
      skipped ||= said !== '';
      continue;
    }
    if (skipped) said += '零';
    skipped = false;
    // 十五, but 一百一十五
    if (!(digit === 1 && power === 1 && said === ''))
      said += digit === 2 && power === 3 && said === '' && !within ? TWO : (DIGITS[digit] ?? '');
    said += SECTION[power] ?? '';
  }
  return said;
}

/** 12345 → 一万二千三百四十五; 2000 → 两千, 20000 → 两万; 3.5 → 三点五. Whole numbers up to 2^53; larger ones as they are written. */
export function spokenNumber(value: number): string {
  const written = String(value);
  if (!Number.isSafeInteger(value)) return /^-?\d+\.\d+$/.test(written) ? spokenDecimal(written) : written;
  if (value < 0) return `负${spokenNumber(-value)}`;
  if (value === 0) return '零';
  let said = '';
  let emptyScale = false;
  let rest = value;
  for (const [size, name] of [
    [1_0000_0000, '亿'],
    [1_0000, '万'],
  ] as const) {
    const many = Math.trunc(rest / size);
    rest %= size;
    if (many === 0) {
      emptyScale = said !== '';
      continue;
    }
    const count = many >= 10_000 ? spokenNumber(many) : many === 2 && said === '' ? TWO : section(many, said !== '');
    said += `${count}${name}`;
  }
  if (rest === 0) return said;
  return said + section(rest, said !== '', emptyScale);
}

/** Written digits, with commas, sign and decimals: '-1,234.50' → 负一千二百三十四点五零. */
export function spokenDecimal(written: string): string {
  const [, sign = '', whole = '', decimals] = /^([-−]?)([\d,]*)(?:\.(\d+))?$/.exec(written) ?? [];
  const digits = whole.replaceAll(',', '');
  const long = digits.length > 15 || (digits.length > 1 && digits.startsWith('0'));
  const said = long ? oneByOne(digits) : spokenNumber(Number(digits));
  return `${sign === '' ? '' : '负'}${said}${decimals === undefined ? '' : `点${oneByOne(decimals)}`}`;
}

/** Of something that is counted: 2 → 两. */
export const spokenCount = (value: number): string => (value === 2 ? TWO : spokenNumber(value));

/** 2026 → 二零二六, as years and decimals are read. */
export const oneByOne = (digits: string): string => Array.from(digits, (digit) => DIGITS[Number(digit)] ?? '').join('');

/**
 * Read one by one, as account and telephone numbers are, in groups that can be written down: '13812345678' → 幺三八，幺二三四，五六七八.
 * Letters are spelled.
 */
export function spokenDigits(text: string): string {
  const groups = text.match(/\d+|[A-Za-z]+/g) ?? [];
  return groups
    .flatMap((group) => (/\d/.test(group) ? inGroups(group) : [group]))
    .map((group) =>
      /\d/.test(group) ? oneByOne(group).replaceAll('一', '幺') : group.toUpperCase().split('').join(' '),
    )
    .join('，');
}

/** Mobile numbers as 3-4-4; else groups of four, a short rest at the beginning of a longer string joins what follows. */
function inGroups(digits: string): string[] {
  if (/^1\d{10}$/.test(digits)) return [digits.slice(0, 3), digits.slice(3, 7), digits.slice(7)];
  if (digits.length <= 5) return [digits];
  const groups = digits.match(/.{1,4}/g) ?? [];
  const last = groups.at(-1) ?? '';
  if (groups.length > 1 && last.length === 1) groups.splice(-2, 2, `${groups.at(-2)}${last}`);
  return groups;
}
