import { oneByOne, spokenCount, spokenNumber } from './spoken-number.ts';

/** ISO 4217 code → unit, hundredth. */
const CURRENCIES: Readonly<Record<string, readonly [string, string]>> = {
  USD: ['美元', '美分'],
  EUR: ['欧元', '欧分'],
  GBP: ['英镑', '便士'],
  HKD: ['港元', '分'],
  JPY: ['日元', '分'],
};

/** 12345.6, 'CNY' → 一万二千三百四十五元六角; 100.05 → 一百元零五分; 12.5, 'USD' → 十二美元五十美分 */
export function spokenMoney(amount: number, currency: string): string {
  const hundredths = Math.round(Math.abs(amount) * 100);
  const whole = Math.floor(hundredths / 100);
  const rest = hundredths % 100;
  const sign = amount < 0 && hundredths > 0 ? '负' : '';
  if (currency !== 'CNY') {
    const [unit, small] = CURRENCIES[currency] ?? [currency, '分'];
    const units = whole > 0 || rest === 0 ? `${spokenCount(whole)}${unit}` : '';
    return `${sign}${units}${rest === 0 ? '' : `${spokenCount(rest)}${small}`}`;
  }
  const tenths = Math.trunc(rest / 10);
  const cents = rest % 10;
  const units = whole > 0 || rest === 0 ? `${spokenCount(whole)}元` : '';
  const zero = units !== '' && tenths === 0 && cents > 0 ? '零' : '';
  // 两角 alone, but 十二元二角
  const digit = (value: number): string => (units === '' ? spokenCount(value) : spokenNumber(value));
  return `${sign}${units}${zero}${tenths === 0 ? '' : `${digit(tenths)}角`}${cents === 0 ? '' : `${tenths === 0 ? digit(cents) : spokenNumber(cents)}分`}`;
}

/** '2026-11-30' → 二零二六年十一月三十日; anything else as it is. */
export function spokenDate(iso: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso) ?? [];
  if (year === undefined || Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31) return iso;
  return `${oneByOne(year)}年${spokenNumber(Number(month))}月${spokenNumber(Number(day))}日`;
}

const PARTS_OF_DAY: readonly (readonly [before: number, name: string])[] = [
  [6, '凌晨'],
  [12, '上午'],
  [13, '中午'],
  [18, '下午'],
  [24, '晚上'],
];

/** '17:30' → 下午五点三十分, '00:05' → 零点零五分; anything else as it is. */
export function spokenTime(text: string): string {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})/.exec(text) ?? [];
  const [hour, minute] = [Number(hours), Number(minutes)];
  if (hours === undefined || hour > 23 || minute > 59) return text;
  const part = hour === 0 ? '' : (PARTS_OF_DAY.find(([before]) => hour < before)?.[1] ?? '');
  return `${part}${clock(hour > 12 ? hour - 12 : hour, minute)}`;
}

/** 两点零五分, 十四点三十分 */
export const clock = (hour: number, minute: number): string =>
  `${spokenCount(hour)}点${minute === 0 ? '' : `${minute < 10 ? '零' : ''}${spokenNumber(minute)}分`}`;
