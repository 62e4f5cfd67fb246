import { DIGITS, OTHER_DIGITS } from './number-vocabulary.ts';

/* Chinese numbers as they are said, in figures. A number is one only as a whole: 两三 (two or three) and 张三 (a name) are none. */

const VALUES = new Map<string, number>([
  ...DIGITS.map((word, digit) => [word, digit] as const),
  ...OTHER_DIGITS.map(([word, digit]) => [word, digit] as const),
]);
const UNIT = '[一二三四五六七八九两]';
const ZERO = '[零〇]';
const SCALES: readonly (readonly [name: string, size: number])[] = [
  ['千', 1000],
  ['百', 100],
  ['十', 10],
];

const valueOf = (character: string): number => VALUES.get(character) ?? Number.NaN;

/** 一二三 → '123'; undefined: something else is among them. */
export function heardDigitString(text: string): string | undefined {
  let digits = '';
  for (const character of text) {
    const value = VALUES.get(character);
    if (value === undefined || character === '两') return undefined;
    digits += String(value);
  }
  return digits === '' ? undefined : digits;
}

/**
 * Below ten thousand: 一千零五十, 三千五 (3500), 两百五 (250), 十五.
 *
 * @param colloquial - that a digit at the end may stand for the next scale: 三千五
 */
function section(text: string, colloquial: boolean): number | undefined {
  if (new RegExp(`^(?:${UNIT}|${ZERO})$`).test(text)) return valueOf(text);
  let rest = text;
  let sum = 0;
  let last = 10_000;
  let skipped = false;
  for (const [name, size] of SCALES) {
    const found = new RegExp(`^(${ZERO}?)(${UNIT}?)${name}`).exec(rest);
    if (found === null) continue;
    const [whole, zero = '', unit = ''] = found;
    // 十五, but 一百一十五 (people say 一百十五 too)
    if (unit === '' && size !== 10) return undefined;
    if (zero !== '' && (sum === 0 || last === size * 10)) return undefined;
    sum += (unit === '' ? 1 : valueOf(unit)) * size;
    skipped = last !== size * 10 && last !== 10_000;
    if (skipped && zero === '') return undefined;
    last = size;
    rest = rest.slice(whole.length);
  }
  if (rest === '') return sum === 0 ? undefined : sum;
  const end = new RegExp(`^(${ZERO}?)(${UNIT})$`).exec(rest);
  if (end === null || sum === 0) return undefined;
  const value = valueOf(end[2] ?? '');
  if (last === 10) return end[1] === '' ? sum + value : undefined;
  if (end[1] !== '') return sum + value;
  return colloquial ? sum + value * (last / 10) : undefined;
}

/** With 万 and 亿: 一亿三千万, 十三万二 (132,000), 一万零五. */
function integer(text: string): number | undefined {
  for (const [name, size] of [
    ['亿', 100_000_000],
    ['万', 10_000],
  ] as const) {
    const at = text.indexOf(name);
    if (at < 0) continue;
    const many = name === '亿' ? integer(text.slice(0, at)) : section(text.slice(0, at), false);
    const rest = text.slice(at + 1);
    if (many === undefined || many === 0) return undefined;
    if (rest === '') return many * size;
    if (/^[一二三四五六七八九两]$/.test(rest)) return many * size + valueOf(rest) * (size / 10);
    // 一亿二千 leaves 万 out; 100,002,000 is 一亿零二千
    const thousands = name === '亿' ? /^([一二三四五六七八九两])千$/.exec(rest) : null;
    if (thousands !== null) return many * size + valueOf(thousands[1] ?? '') * 10_000_000;
    const bare = rest.replace(/^[零〇]/, '');
    const less = name === '亿' ? integer(bare) : section(bare, true);
    if (less === undefined || less === 0 || less >= size) return undefined;
    // 一万零五百 and 一万五百 are both said; 一万五 is not 10,005
    return many * size + less;
  }
  return section(text, true);
}

/** 一千二百三十四 → 1234; figures (1234) and 13万2 too. Undefined: no whole number. */
export function heardInteger(text: string): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const mixed = /^(\d{1,4})([万亿])(\d{1,4})?$/.exec(text);
  if (mixed !== null) {
    const size = mixed[2] === '万' ? 10_000 : 100_000_000;
    const rest = mixed[3] ?? '';
    return Number(mixed[1]) * size + (rest.length === 1 ? Number(rest) * (size / 10) : Number(rest || 0));
  }
  if (!/^[零〇一二三四五六七八九两十百千万亿]+$/.test(text)) return undefined;
  return integer(text);
}

/** Also negative, with decimals, percentages and halves: 负三点一四 → '-3.14', 百分之十 → '0.1'. Undefined: no number. */
export function heardDecimal(text: string): string | undefined {
  const [, minus = '', percent = '', whole = '', , decimals] = /^(负)?(百分之)?(.+?)(点(.+))?$/.exec(text) ?? [];
  const value = heardInteger(whole);
  if (value === undefined) return undefined;
  const behind = decimals === undefined ? '' : /^\d+$/.test(decimals) ? decimals : heardDigitString(decimals);
  if (behind === undefined) return undefined;
  const sign = minus === '' ? '' : '-';
  if (percent === '') return `${sign}${value}${behind === '' ? '' : `.${behind}`}`;
  const digits = `${String(value).padStart(3, '0')}${behind}`;
  const point = digits.length - behind.length - 2;
  return `${sign}${Number(digits.slice(0, point))}.${digits.slice(point)}`.replace(/\.?0+$/, '');
}
