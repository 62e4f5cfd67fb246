import type { SpokenLanguage } from '../language/spoken-language.ts';
import type { IdentityItem } from './customer-reference.ts';
import { readingsOf } from './evidence/readings.ts';
import type { HeardItems } from './verify-items.ts';

/** By what the bank is asked for customers: whoever has any of it is a candidate, and likelihood decides between them. */
export interface CustomerQuery {
  readonly accounts: string[];
  readonly cards: string[];
  readonly phones: string[];
  /** Letters and digits alone, in capitals. */
  readonly postcodes: string[];
  /** ISO 8601. */
  readonly dates_of_birth: string[];
}

const MOST_NUMBERS = 20;
const MOST = 50;

export function customerQuery(heard: HeardItems, language: SpokenLanguage): CustomerQuery {
  const read = (item: IdentityItem): readonly string[] =>
    (heard[item] ?? []).flatMap((hearing) => {
      const { spelling, date, keyed } = readingsOf(item, hearing, language);
      return [...spelling, ...date, ...keyed];
    });
  const numbers = (item: IdentityItem): string[] =>
    distinct(
      read(item).filter((text) => /^[0-9a-z]{4,34}$/.test(text)),
      MOST_NUMBERS,
    );
  return {
    accounts: numbers('account-number'),
    cards: numbers('card-number'),
    phones: distinct(
      numbers('phone-number').map((digits) => `+${digits.replace(/^0+/, '')}`),
      MOST_NUMBERS,
    ),
    postcodes: distinct(read('postcode').flatMap(lookalikes), MOST),
    dates_of_birth: distinct(read('date-of-birth').flatMap(datesIn), MOST),
  };
}

const distinct = (texts: readonly string[], most: number): string[] => [...new Set(texts)].slice(0, most);

/** The letter O and a zero are said alike. */
function lookalikes(postcode: string): readonly string[] {
  const written = postcode.toUpperCase();
  return [written, written.replaceAll('O', '0'), written.replaceAll('0', 'O')].filter((text) => text.length >= 4);
}

const NAMED_MONTH = /[A-L]/;

/** All dates that digits and month letters may be: 2791979 is 27 September 1979, C31905 3 March 1905. */
export function datesIn(symbols: string): readonly string[] {
  const dates = new Set<string>();
  const add = (year: string, month: string, day: string): void => {
    const [y, m, d] = [year, month, day].map(Number);
    if (y === undefined || m === undefined || d === undefined || y < 1900 || y > 2100) return;
    const date = new Date(Date.UTC(y, m - 1, d));
    if (date.getUTCMonth() === m - 1 && date.getUTCDate() === d) dates.add(date.toISOString().slice(0, 10));
  };
  const letter = NAMED_MONTH.exec(symbols)?.[0];
  if (letter !== undefined) {
    const month = String(letter.charCodeAt(0) - 64);
    const [before = '', after = ''] = symbols.split(letter);
    if (before !== '' && after.length === 4) add(after, month, before);
    if (before.length === 4) add(before, month, after);
    if (before === '' && after.length > 4) add(after.slice(-4), month, after.slice(0, -4));
    return [...dates];
  }
  const rests = [
    [symbols.slice(-4), symbols.slice(0, -4), 'day first'],
    [symbols.slice(0, 4), symbols.slice(4), 'month first'],
  ] as const;
  for (const [year, rest, order] of rests)
    for (let at = 1; at < rest.length && at <= 2; at++) {
      const [one, other] = [rest.slice(0, at), rest.slice(at)];
      if (other.length > 2) continue;
      if (order === 'day first') add(year, other, one);
      else add(year, one, other);
    }
  return [...dates];
}
