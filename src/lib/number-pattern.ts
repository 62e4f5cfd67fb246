import { e164Digits, e164Prefix, isInternational, spelledAs } from './telephone-number.ts';

const PREFIX = /\*$/;

/**
 * A number in the spelling of the pattern that it fits: 0086 138 0013 8000 fits `+86138*` as +8613800138000, and `138*` as 13800138000. Numbers that
 * are written otherwise are one number (ITU-T E.164), so that neither a route nor a block is passed by dialling 00 for +.
 *
 * @param pattern - the number, or its beginning and `*`
 * @param number - as it is signalled or dialled; what has other signs than digits and a plus fits as it is written alone
 * @param country - code of the country in which numbers are written without one, such as `86`
 * @returns undefined: it does not fit
 */
export function numberAsIn(pattern: string, number: string, country: string): string | undefined {
  const wanted = pattern.replace(PREFIX, '');
  const isPrefix = wanted !== pattern;
  if (isPrefix ? number.startsWith(wanted) : number === wanted) return number;
  if (!(TELEPHONE.test(wanted) || wanted === '+') || !TELEPHONE.test(number)) return undefined;
  const digits = e164Digits(number, country);
  if (digits === null) return undefined;
  if (!isPrefix) return e164Digits(wanted, country) === digits ? wanted : undefined;
  const begins = e164Prefix(wanted, country);
  // a plus alone, or what is dialled for it: all numbers that are written with either
  const fits =
    begins === undefined
      ? isInternational(wanted, country) && isInternational(number, country)
      : digits.startsWith(begins);
  return fits ? spelledAs(wanted, digits, country) : undefined;
}

const TELEPHONE = /^\+?\d+$/;

export const fitsNumber = (pattern: string, number: string, country: string): boolean =>
  numberAsIn(pattern, number, country) !== undefined;
