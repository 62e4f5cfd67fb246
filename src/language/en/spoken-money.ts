import { spokenNumber } from './spoken-number.ts';

/** ISO 4217 code → unit, units, hundredth, hundredths. */
const CURRENCIES: Readonly<Record<string, readonly [string, string, string, string]>> = {
  USD: ['dollar', 'dollars', 'cent', 'cents'],
  EUR: ['euro', 'euros', 'cent', 'cents'],
  GBP: ['pound', 'pounds', 'penny', 'pence'],
  CNY: ['yuan', 'yuan', 'fen', 'fen'],
};

/** 1234.56, 'USD' → "one thousand two hundred thirty-four dollars and fifty-six cents" */
export function spokenMoney(amount: number, currency: string): string {
  const cents = Math.round(Math.abs(amount) * 100);
  const whole = Math.floor(cents / 100);
  const rest = cents % 100;
  const [unit, units, hundredth, hundredths] = CURRENCIES[currency] ?? [currency, currency, 'hundredth', 'hundredths'];
  const parts: string[] = [];
  if (whole > 0 || rest === 0) parts.push(`${spokenNumber(whole)} ${whole === 1 ? unit : units}`);
  if (rest > 0) parts.push(`${spokenNumber(rest)} ${rest === 1 ? hundredth : hundredths}`);
  return `${amount < 0 && cents > 0 ? 'minus ' : ''}${parts.join(' and ')}`;
}
