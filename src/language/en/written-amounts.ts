import { spokenMoney } from './spoken-money.ts';
import { spokenDecimal } from './spoken-number.ts';

const CODES: Readonly<Record<string, string>> = {
  $: 'USD',
  US$: 'USD',
  '€': 'EUR',
  '£': 'GBP',
  '¥': 'CNY',
  '￥': 'CNY',
  RMB: 'CNY',
  USD: 'USD',
  EUR: 'EUR',
  GBP: 'GBP',
  CNY: 'CNY',
};
const CURRENCY = '(US\\$|\\$|€|£|¥|￥|(?:RMB|USD|EUR|GBP|CNY)\\b)';
const AMOUNT = '(\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+(?:\\.\\d+)?)';
const SCALE = '(?:\\s?(hundred|thousand|million|billion|k|m|bn)\\b)?';
const BEFORE = new RegExp(`([-−]?)(?<![\\p{L}\\d])${CURRENCY}\\s?${AMOUNT}(?![\\d])${SCALE}`, 'gu');
const AFTER = new RegExp(`(?<![\\p{L}\\d.,])([-−]?)${AMOUNT}${SCALE}\\s?(€|£|¥|(?:RMB|USD|EUR|GBP|CNY)\\b)`, 'gu');
const PERCENT = /(?<![\p{L}\d.,])([-−]?[\d,]*\.?\d+)\s?(%|percent\b|per cent\b)/gu;
const SCALES: Readonly<Record<string, string>> = { k: 'thousand', m: 'million', bn: 'billion' };

/** Amounts of money and percentages in words. */
export function wordAmounts(text: string): string {
  return text
    .replace(BEFORE, (_, sign: string, currency: string, amount: string, scale?: string) =>
      money(sign, amount, scale, currency),
    )
    .replace(AFTER, (_, sign: string, amount: string, scale: string | undefined, currency: string) =>
      money(sign, amount, scale, currency),
    )
    .replace(PERCENT, (_, number: string) => `${spokenDecimal(number)} percent`);
}

function money(sign: string, amount: string, scale: string | undefined, currency: string): string {
  const code = CODES[currency] ?? currency;
  const minus = sign === '' ? '' : ' minus ';
  if (scale === undefined) return `${minus}${spokenMoney(Number(amount.replaceAll(',', '')), code)}`;
  const [, units = code] = spokenMoney(2, code).split(' ');
  return `${minus}${spokenDecimal(amount)} ${SCALES[scale] ?? scale} ${units}`;
}
