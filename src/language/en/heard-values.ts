import { dateValue, dayFrom, type HeardValues, moneyValue, timeValue, weekdayOf } from '../heard-values.ts';
import { heardBelowHundred, heardCardinal, heardNumbers, heardPair, isZero } from './heard-number.ts';
import { heardDuration } from './heard-duration.ts';
import { LETTER_NAMES } from './nato-letters.ts';
import { ONES, TENS } from './number-vocabulary.ts';
import { ordinalWords } from './number-words.ts';
import { NO, TIMES, YES } from './spoken-answers.ts';
import { MONTHS } from './spoken-date.ts';

const ORDINALS = new Map(Array.from({ length: 31 }, (_, n) => [ordinalWords(n + 1).join(' '), n + 1] as const));
const CURRENCIES: readonly (readonly [RegExp, string])[] = [
  [/^(?:dollars?|bucks?|us dollars?)$/, 'USD'],
  [/^euros?$/, 'EUR'],
  [/^(?:pounds?|pounds? sterling|quid)$/, 'GBP'],
  [/^(?:yuan|renminbi|rmb)$/, 'CNY'],
];
const UNIT = 'us dollars?|dollars?|bucks?|euros?|pounds? sterling|pounds?|quid|yuan|renminbi|rmb';
const MONEY = new RegExp(`^(.+?) (${UNIT})(?: (?:and )?(.+?)(?: (?:cents?|pence|p|fen))?)?$`);
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const DAYS: Readonly<Record<string, number>> = {
  yesterday: -1,
  today: 0,
  tomorrow: 1,
  'the day after tomorrow': 2,
  'day after tomorrow': 2,
};
/** Teens, and tens without a unit behind them. */
const CONFUSABLE = new RegExp(
  `\\b(?:\\w+teen(?:th)?|(?:${TENS.slice(3).join('|')})(?!\\w)(?![\\s-]+(?:${ONES.slice(1, 10).join('|')})\\b)|(?:thir|for|fif|six|seven|eigh|nine)tieth)\\b`,
);
const QUARTERS: Readonly<Record<string, number>> = { quarter: 15, 'a quarter': 15, half: 30 };

const some = <T>(value: T | undefined): readonly T[] => (value === undefined ? [] : [value]);
const split = (words: string): string[] => words.split(/[\s-]+/).filter((word) => word !== '');

/** Letters and digits one by one, "double" and "triple" counted; undefined: something else is among them. */
function string(words: readonly string[], letters: boolean): string | undefined {
  let said = '';
  for (let at = 0; at < words.length; at++) {
    const times = TIMES.find(([name]) => name === words[at]);
    const word = words[times === undefined ? at : ++at] ?? '';
    const value = isZero(word) && !(letters && word === 'o') ? 0 : heardBelowHundred([word]);
    const one =
      /^\d+$/.test(word) && times === undefined
        ? word
        : value !== undefined && value < 10
          ? String(value)
          : letters
            ? LETTER_NAMES.get(word)
            : undefined;
    if (one === undefined) return undefined;
    said += one.repeat(times?.[1] ?? 1);
  }
  return said === '' ? undefined : said;
}

const digits = (words: string): readonly string[] =>
  some(string(split(words.replace(/^(?:it's |it is |(?:ending|ends) (?:in|with) )/, '')), false));

/** "twelve fifty" is twelve and a half, or twelve hundred and fifty: whoever asks must ask. */
function currency(words: string): readonly string[] {
  const text = words.replaceAll(/[\s-]+/g, ' ');
  const found = MONEY.exec(text);
  if (found === null) {
    const small = /^(.+) (cents?|pence|p)$/.exec(text);
    const cents = small === null ? undefined : heardCardinal(split(small[1] ?? ''));
    if (small !== null)
      return cents === undefined || cents > 99
        ? []
        : [moneyValue(cents, small[2]?.startsWith('c') === true ? 'USD' : 'GBP')];
    const pair = heardPair(split(text));
    const all = heardNumbers(split(text)).flatMap((number) => amount(number));
    return [...new Set([...some(pair).map(([units, cents]) => moneyValue(units * 100 + cents)), ...all])];
  }
  const [, units = '', name = '', rest] = found;
  const code = CURRENCIES.find(([pattern]) => pattern.test(name))?.[1] ?? '';
  const cents = rest === undefined ? 0 : heardCardinal(split(rest));
  if (cents === undefined || cents > 99) return [];
  const pair = rest === undefined ? heardPair(split(units)) : undefined;
  return [
    ...new Set([
      ...heardNumbers(split(units)).flatMap((number) =>
        cents > 0 && number.includes('.') ? [] : amount(number, code, cents),
      ),
      ...some(pair).map(([whole, behind]) => moneyValue(whole * 100 + behind, code)),
    ]),
  ];
}

const amount = (number: string, code = '', cents = 0): string[] =>
  /^\d+(?:\.\d{1,2})?$/.test(number) ? [moneyValue(Math.round(Number(number) * 100) + cents, code)] : [];

function dayOf(words: string): number | undefined {
  const ordinal = ORDINALS.get(words.replace(/^the /, '').replaceAll('-', ' '));
  if (ordinal !== undefined) return ordinal;
  const [, figures] = /^(\d{1,2})(?:st|nd|rd|th)?$/.exec(words) ?? [];
  return figures === undefined ? heardBelowHundred(split(words)) : Number(figures);
}

function yearOf(words: string): number | undefined {
  const said = split(words);
  const pair = heardPair(said);
  if (pair !== undefined && pair[0] >= 10) return pair[0] * 100 + pair[1];
  const year = heardCardinal(said);
  return year !== undefined && year >= 1000 && year <= 9999 ? year : undefined;
}

const MONTH_NAMES = MONTHS.map((month) => month.toLowerCase());
const MONTH_FIRST = new RegExp(`^(${MONTH_NAMES.join('|')})(?: (.+))?$`);
const DAY_FIRST = new RegExp(`^(.+?)(?: of)? (${MONTH_NAMES.join('|')})(?: (.+))?$`);

function date(words: string, today?: string): readonly string[] {
  const text = words.replaceAll(/[\s-]+/g, ' ').replace(/ (?:morning|afternoon|evening|night)$/, '');
  const days = DAYS[text];
  if (days !== undefined) return some(dayFrom(today, days));
  const [, next, weekday] = /^(?:on )?(next |this )?(\w+day)$/.exec(text) ?? [];
  const wanted = WEEKDAYS.indexOf(weekday ?? '');
  if (wanted >= 0) {
    const now = weekdayOf(today);
    if (now === undefined) return [];
    const away = (wanted - now + 7) % 7 || 7;
    return some(dayFrom(today, next === 'next ' && away < 7 && wanted > now && now !== 0 ? away + 7 : away));
  }
  const monthFirst = MONTH_FIRST.exec(text);
  if (monthFirst !== null) {
    const month = MONTH_NAMES.indexOf(monthFirst[1] ?? '') + 1;
    const rest = split(monthFirst[2] ?? '');
    if (rest.length === 0) return dateValue(undefined, month, undefined);
    for (let at = rest.length; at > 0; at--) {
      const day = dayOf(rest.slice(0, at).join(' '));
      const year = at === rest.length ? undefined : yearOf(rest.slice(at).join(' '));
      if (day !== undefined && day <= 31 && (at === rest.length || year !== undefined))
        return dateValue(year, month, day);
    }
    const year = yearOf(rest.join(' '));
    return year === undefined ? [] : dateValue(year, month, undefined);
  }
  const dayFirst = DAY_FIRST.exec(text);
  if (dayFirst === null)
    return some(text.startsWith('the ') ? dayOf(text) : undefined).flatMap((day) =>
      dateValue(undefined, undefined, day),
    );
  const day = dayOf(dayFirst[1] ?? '');
  const year = dayFirst[3] === undefined ? undefined : yearOf(dayFirst[3]);
  return day === undefined || (dayFirst[3] !== undefined && year === undefined)
    ? []
    : dateValue(year, MONTH_NAMES.indexOf(dayFirst[2] ?? '') + 1, day);
}

function time(words: string): readonly string[] {
  const text = words.replaceAll(/[\s-]+/g, ' ').replace(/^at /, '');
  const named = { noon: '1200p', midday: '1200p', midnight: '0000a' }[text];
  if (named !== undefined) return [named];
  const [, clock = '', mark] =
    /^(.+?)(?: (?:o'clock))?(?: (a m|am|a\.m|p m|pm|p\.m|in the morning|in the afternoon|in the evening|at night))?$/.exec(
      text,
    ) ?? [];
  /** "eleven at night" is before midnight, "twelve at night" and "two at night" are behind it. */
  const halfAt = (hour: number): 'a' | 'p' | undefined => {
    if (mark === undefined) return undefined;
    return /^a(?!t)|morning/.test(mark) || (mark === 'at night' && (hour === 12 || hour < 5)) ? 'a' : 'p';
  };
  const past = /^(.+?)(?: minutes?)? (past|after|to|before) (.+)$/.exec(clock);
  if (past !== null) {
    const minutes = QUARTERS[past[1] ?? ''] ?? heardBelowHundred(split(past[1] ?? ''));
    const hour = heardBelowHundred(split(past[3] ?? ''));
    if (minutes === undefined || hour === undefined || minutes > 59 || hour < 1) return [];
    const before = past[2] === 'to' || past[2] === 'before';
    const begun = before ? (hour === 1 ? 12 : hour - 1) : hour;
    return timeValue(begun, before ? 60 - minutes : minutes, halfAt(begun));
  }
  const military = /^(.+?) hundred(?: hours)?$/.exec(clock);
  const said = split(military?.[1] ?? clock);
  const [figures = ''] = said;
  const [, h, m] = /^(\d{1,2}):(\d{2})$/.exec(figures) ?? [];
  if (h !== undefined && said.length === 1) return timeValue(Number(h), Number(m), halfAt(Number(h)));
  const hour = heardBelowHundred(said);
  if (hour !== undefined)
    return hour === 0 && military === null
      ? []
      : timeValue(hour, 0, halfAt(hour)).map((value) => (military === null ? value : value.replace('?', 'h')));
  const pair = heardPair(said);
  return pair === undefined ? [] : timeValue(pair[0], pair[1], halfAt(pair[0]));
}

function phone(words: string): readonly string[] {
  const [, number = '', extension] =
    /^(?:plus )?(.+?)(?: (?:extension|ext) (.+))?$/.exec(words.replaceAll('-', ' ')) ?? [];
  const [said] = digits(number);
  const [inside] = extension === undefined ? [''] : digits(extension);
  return said === undefined || inside === undefined ? [] : [`${said}${inside === '' ? '' : `x${inside}`}`];
}

/** What English speakers say for values, and what it means. */
export const ENGLISH_VALUES: HeardValues = {
  boolean: (words) => (YES.includes(words) ? [true] : NO.includes(words) ? [false] : []),
  digits,
  number: (words) => [...new Set(heardNumbers(split(words)))],
  currency,
  date,
  time,
  phone,
  spelled: (words) => some(string(words.replaceAll('x-ray', 'xray').split(/\s+/), true)),
  duration: (words) => some(heardDuration(split(words))).map(String),
  confusable: (words) => CONFUSABLE.test(words),
};
