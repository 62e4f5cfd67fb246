import { dateValue, dayFrom, type HeardValues, moneyValue, timeValue, weekdayOf } from '../heard-values.ts';
import { heardDecimal, heardDigitString, heardInteger } from './heard-number.ts';
import { heardDuration } from './heard-duration.ts';
import { NO, TIMES, YES } from './spoken-answers.ts';

const CURRENCIES: readonly (readonly [RegExp, string])[] = [
  [/^(?:美元|美金)$/, 'USD'],
  [/^欧元$/, 'EUR'],
  [/^英镑$/, 'GBP'],
  [/^(?:港币|港元)$/, 'HKD'],
  [/^日元$/, 'JPY'],
  [/^(?:人民币|块|块钱|元|圆)$/, 'CNY'],
];
const DAYS: Readonly<Record<string, number>> = {
  大前天: -3,
  前天: -2,
  昨天: -1,
  今天: 0,
  今日: 0,
  明天: 1,
  明日: 1,
  后天: 2,
  大后天: 3,
};
const PART_OF_DAY = '(?:凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜)';
const LEADING = /^(?:我的|请)?(?:银行)?(?:尾号|卡号|账号|号码|电话|手机号)(?:码)?(?:是|为)?/;

const bare = (words: string): string => words.replaceAll(' ', '');
const some = <T>(value: T | undefined): readonly T[] => (value === undefined ? [] : [value]);

/** 三个八 → 888, 幺 → 1; 尾号 in front is not a digit. */
function digits(words: string): readonly string[] {
  const rest = bare(words).replace(LEADING, '');
  let said = '';
  let at = 0;
  while (at < rest.length) {
    const times = TIMES.find(([name]) => rest.startsWith(name, at));
    const place = times === undefined ? at : at + times[0].length;
    const character = rest[place] ?? '';
    const digit = /\d/.test(character) ? character : heardDigitString(character);
    if (digit === undefined) return [];
    said += digit.repeat(times?.[1] ?? 1);
    at = place + 1;
  }
  return said === '' ? [] : [said];
}

/** In hundredths: 一百二十三块五 → 12350; 块 and 毛 leave the last unit out. */
function hundredths(text: string): number | undefined {
  const [, units = '', mark = '', tenths = '', tenthMark = '', cents = '', centMark = ''] =
    /^(?:(.+?)(块钱|块|元|圆))?(?:零|〇)?(?:(.)(毛|角)|(?=.?(?:分|$)))?(?:零|〇)?(?:(.)(分)?)?(?:钱|整)?$/.exec(text) ??
    [];
  if (mark === '' && tenthMark === '' && centMark === '') return undefined;
  const whole = units === '' ? '0' : heardDecimal(units);
  if (whole === undefined || (units !== '' && !/^\d+(?:\.\d{1,2})?$/.test(whole))) return undefined;
  const small = (digit: string): number | undefined => (digit === '' ? 0 : heardInteger(digit));
  const [tens, last] = [small(tenths), small(cents)];
  if (tens === undefined || last === undefined || tens > 9 || last > 9) return undefined;
  const sum = Math.round(Number(whole) * 100);
  // 三块五 is three fifty, 三毛五 thirty-five
  if (cents !== '' && centMark === '') return tenthMark === '' ? sum + last * 10 : sum + tens * 10 + last;
  return sum + tens * 10 + last;
}

function currency(words: string): readonly string[] {
  const text = bare(words).replace(/^人民币/, '');
  const foreign = /^(.+?)(美元|美金|欧元|英镑|港币|港元|日元)(?:(.+?)(?:美分|欧分|便士|分))?$/.exec(text);
  if (foreign !== null) {
    const [, units = '', name = '', small] = foreign;
    const whole = heardDecimal(units);
    const cents = small === undefined ? 0 : heardInteger(small);
    if (whole === undefined || cents === undefined || cents > 99 || whole.startsWith('-')) return [];
    const code = CURRENCIES.find(([pattern]) => pattern.test(name))?.[1] ?? '';
    return [moneyValue(Math.round(Number(whole) * 100) + cents, code)];
  }
  const cents = hundredths(text);
  if (cents !== undefined) return [moneyValue(cents, 'CNY')];
  const number = heardDecimal(text);
  return number === undefined || !/^\d+(?:\.\d{1,2})?$/.test(number)
    ? []
    : [moneyValue(Math.round(Number(number) * 100), bare(words).startsWith('人民币') ? 'CNY' : '')];
}

function date(words: string, today?: string): readonly string[] {
  const text = bare(words).replace(new RegExp(`${PART_OF_DAY}$`), '');
  const days = DAYS[text];
  if (days !== undefined) return some(dayFrom(today, days));
  const week = /^(上|这|本|下)?(?:个)?(?:星期|周|礼拜)([一二三四五六日天])$/.exec(text);
  if (week !== null) {
    const now = weekdayOf(today);
    const wanted = '一二三四五六日'.indexOf((week[2] ?? '').replace('天', '日'));
    if (now === undefined) return [];
    const monday = -((now + 6) % 7);
    const away = monday + wanted + (week[1] === '下' ? 7 : week[1] === '上' ? -7 : 0);
    return some(dayFrom(today, week[1] === undefined && away < 0 ? away + 7 : away));
  }
  const [, years, month, day] =
    /^(?:(.{2,4}?|今|明|去)年)?(?:(.{1,3}?)月(?:份)?)?(?:(.{1,3}?)(?:日|号))?$/.exec(text) ?? [];
  if (years === undefined && month === undefined && day === undefined) return [];
  const year = years === undefined ? undefined : yearOf(years, today);
  const [m, d] = [month, day].map((part) => (part === undefined ? undefined : heardInteger(part)));
  if ((years !== undefined && year === undefined) || (month !== undefined && m === undefined)) return [];
  return day !== undefined && d === undefined ? [] : dateValue(year, m, d);
}

function yearOf(text: string, today: string | undefined): number | undefined {
  const relative = { 去: -1, 今: 0, 明: 1 }[text];
  if (relative !== undefined) return today === undefined ? undefined : Number(today.slice(0, 4)) + relative;
  const digits = /^\d+$/.test(text) ? text : heardDigitString(text);
  if (digits?.length === 2) return Number(digits) + (Number(digits) < 70 ? 2000 : 1900);
  return digits?.length === 4 ? Number(digits) : undefined;
}

function time(words: string): readonly string[] {
  const [, part, early, hours = '', rest = ''] =
    new RegExp(
      `^(?:今天|明天|后天)?(${PART_OF_DAY})?(?:差(一刻|.{1,3}?)分?(?=.{1,2}点钟?$))?(.{1,3}?)(?:点钟?|时)(.*)$`,
    ).exec(bare(words)) ?? [];
  const hour = heardInteger(hours);
  const minute = minuteOf(rest);
  if (hour === undefined || minute === undefined) return [];
  const before = early === undefined ? 0 : early === '一刻' ? 15 : heardInteger(early);
  if (before === undefined || before > 59 || (before > 0 && (minute !== 0 || hour < 1))) return [];
  const [h, m] = before === 0 ? [hour, minute] : [hour === 1 ? 12 : hour - 1, 60 - before];
  // 半夜十二点 and 晚上十二点 are midnight
  const midnight = h === 12 && /晚上|夜里|半夜|凌晨/.test(part ?? '');
  return timeValue(midnight ? 0 : h, m, midnight ? 'a' : halfOf(part, h));
}

/** 晚上九点 and 夜里十一点 are before midnight, 晚上一点 and 夜里三点 behind it. */
function halfOf(part: string | undefined, hour: number): 'a' | 'p' | undefined {
  switch (part) {
    case undefined:
      return undefined;
    case '下午':
    case '傍晚':
      return 'p';
    case '中午':
      return hour === 11 ? 'a' : 'p';
    case '晚上':
      return hour < 5 ? 'a' : 'p';
    case '夜里':
    case '半夜':
      return hour < 7 ? 'a' : 'p';
    default:
      return 'a';
  }
}

function minuteOf(text: string): number | undefined {
  if (text === '' || text === '整') return 0;
  if (text === '半') return 30;
  const quarters = /^([一三])刻$/.exec(text);
  if (quarters !== null) return quarters[1] === '一' ? 15 : 45;
  const [, , minutes = ''] = /^([过零〇])?(.{1,3}?)分?$/.exec(text) ?? [];
  const value = heardInteger(minutes);
  return value === undefined || value > 59 ? undefined : value;
}

function phone(words: string): readonly string[] {
  const [, number = '', extension] = /^(.+?)(?:(?:转|分机)(.+))?$/.exec(bare(words).replace(LEADING, '')) ?? [];
  const [said] = digits(number);
  const [inside] = extension === undefined ? [''] : digits(extension);
  return said === undefined || inside === undefined ? [] : [`${said}${inside === '' ? '' : `x${inside}`}`];
}

/** What Mandarin speakers say for values, and what it means. */
export const CHINESE_VALUES: HeardValues = {
  boolean: (words) => (YES.includes(bare(words)) ? [true] : NO.includes(bare(words)) ? [false] : []),
  digits,
  number: (words) => some(heardDecimal(bare(words))),
  currency,
  date,
  time,
  phone,
  spelled: (words) => {
    const text = bare(words).replace(LEADING, '');
    let said = '';
    for (const part of text.match(/[a-z]|[^a-z]+/g) ?? []) {
      const [digit] = /[a-z]/.test(part) ? [part.toUpperCase()] : digits(part);
      if (digit === undefined) return [];
      said += digit;
    }
    return said === '' ? [] : [said];
  },
  duration: (words) => some(heardDuration(bare(words))).map(String),
  confusable: (words) => /十四|四十(?![一二三四五六七八九])/.test(bare(words)),
};
