/*
 * One number in all the forms in which it is signalled, dialled and typed: 138…, +86 138…, 0086138…, 86138…, sip:+86138…@carrier. The form that they share is
 * that of E.164 without its plus: country code and national number, without the trunk prefix.
 */

/** The one with which an international number is dialled there; 00 everywhere else. */
const INTERNATIONAL_PREFIX: Readonly<Record<string, string>> = { '1': '011', '7': '810', '81': '010', '82': '001' };
/** Dialled before a national number at home, and no part of it; 0 unless it says otherwise. Italy's 0 is part of the number. */
const TRUNK_PREFIX: Readonly<Record<string, string>> = { '1': '1', '7': '8', '39': '', '36': '06', '52': '', '65': '' };
/** A national number has at least this many digits: one that begins with the country's code and has as many after it was written without a plus. */
const NATIONAL_DIGITS: Readonly<Record<string, number>> = { '1': 10, '65': 8, '852': 8, '853': 8 };
const LEAST_NATIONAL_DIGITS = 9;

/**
 * @param text - as signalled or typed: an address of SIP or tel, or digits with whatever stands between them
 * @param country - code of the country in which numbers are written without one, such as `86`
 * @returns digits; null: there are none, so it was withheld
 */
export function e164Digits(text: string, country: string): string | null {
  const user = /^\s*(?:sips?:|tel:)?([^@;]*)/i.exec(text)?.[1] ?? '';
  const plain = user.normalize('NFKC').replaceAll(/[^\d+]/g, '');
  const digits = plain.replaceAll('+', '');
  if (digits === '') return null;
  if (plain.startsWith('+')) return digits;
  for (const prefix of internationalPrefixes(country))
    if (digits.startsWith(prefix) && digits.length > prefix.length + LEAST_NATIONAL_DIGITS)
      return digits.slice(prefix.length);
  if (
    digits.startsWith(country) &&
    digits.length >= country.length + (NATIONAL_DIGITS[country] ?? LEAST_NATIONAL_DIGITS)
  )
    return digits;
  const trunk = TRUNK_PREFIX[country] ?? '0';
  return (
    country + (trunk !== '' && digits.startsWith(trunk) && digits.length > 5 ? digits.slice(trunk.length) : digits)
  );
}

const internationalPrefixes = (country: string): ReadonlySet<string> =>
  new Set([INTERNATIONAL_PREFIX[country] ?? '00', '00']);

/** With a plus, or what is dialled for it there. */
export const isInternational = (text: string, country: string): boolean => spellingOf(text, country).international;

/** How the beginning of a number is written there: with a plus, with what is dialled for it, with the trunk prefix, or without anything. */
function spellingOf(beginning: string, country: string): { readonly before: string; readonly international: boolean } {
  if (beginning.startsWith('+')) return { before: '+', international: true };
  const prefix = [...internationalPrefixes(country)].find((each) => beginning.startsWith(each));
  if (prefix !== undefined) return { before: prefix, international: true };
  const trunk = TRUNK_PREFIX[country] ?? '0';
  return { before: trunk !== '' && beginning.startsWith(trunk) ? trunk : '', international: false };
}

/**
 * What the E.164 digits of all numbers begin with that are written with this beginning.
 *
 * @param beginning - digits, and a plus before them
 * @returns undefined: it says how a number is written and not which, as 0 or + alone
 */
export function e164Prefix(beginning: string, country: string): string | undefined {
  const { before, international } = spellingOf(beginning, country);
  const rest = beginning.slice(before.length);
  if (rest === '') return undefined;
  return international ? rest : country + rest;
}

/** That number, written as those are that begin so. Undefined: a number of another country, where they are written without one. */
export function spelledAs(beginning: string, digits: string, country: string): string | undefined {
  const { before, international } = spellingOf(beginning, country);
  if (international) return before + digits;
  return digits.startsWith(country) ? before + digits.slice(country.length) : undefined;
}
