import { spokenYear } from './spoken-date.ts';
import { spokenDecimal, spokenDigits, spokenOrdinal } from './spoken-number.ts';

/** Telephone numbers: at least seven digits in groups, perhaps with a country's code. */
const TELEPHONE = /(?<![\p{L}\d.,])\+?(?:\(\d{1,5}\)|\d{1,5})(?:[ -]{1,2}\(?\d{2,5}\)?){2,5}(?![\p{L}\d.,]\d|\d)/gu;
/** What is a name made of digits, not a count. */
const NAMED =
  /\b(extension|code|number|account|reference|card|PIN|room|flight|ending in|ends in|ending with|ends with)( is)? (\d{3,})(?![\d.,]\d)/gi;
const RANGE = /(?<![\p{L}\d.,-])(\d{1,4})\s?[-–]\s?(\d{1,4})(?![\p{L}\d-]|[.,]\d)/gu;
const FRACTION = /(?<![\p{L}\d./])(\d{1,2})\/(\d{1,2})(?![\p{L}\d/]|\.\d)/gu;
const ORDINAL = /(?<![\p{L}\d.])(\d{1,3}(?:,\d{3})+|\d{1,9})(?:st|nd|rd|th)\b/gu;
const UNIT = /(?<=\d\s?)(km|kg|cm|mm|GB|MB|mi|hrs?|mins?|secs?)\b\.?(?!\s?\p{Ll})/gu;
const GROUPED = /(?<![\p{L}\d.,])([-−]?)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+)(?![\p{L}\d]|[.,]\d)/gu;
/** A sign is one only where no word stands right before it. */
const DIGITS = /([-−](?<=(?:^|\s)[-−]))?(\d+)/gu;

const UNITS: Readonly<Record<string, string>> = {
  km: 'kilometers',
  kg: 'kilograms',
  cm: 'centimeters',
  mm: 'millimeters',
  GB: 'gigabytes',
  MB: 'megabytes',
  mi: 'miles',
  hr: 'hours',
  hrs: 'hours',
  min: 'minutes',
  mins: 'minutes',
  sec: 'seconds',
  secs: 'seconds',
};
const FRACTIONS: Readonly<Record<string, string>> = {
  '1/2': 'one half',
  '1/3': 'one third',
  '2/3': 'two thirds',
  '1/4': 'one quarter',
  '3/4': 'three quarters',
  '24/7': 'twenty-four seven',
};

/** All numbers that are left: telephone numbers, ranges, fractions, ordinals, years, counts. No digit stays. */
export function wordNumbers(text: string): string {
  return text
    .replace(/\p{Nd}/gu, (digit) => (/\d/.test(digit) ? digit : '')) // of other scripts: no English
    .replace(/⁄/g, '/')
    .replace(TELEPHONE, telephone)
    .replace(
      NAMED,
      (_, name: string, is: string | undefined, digits: string) => `${name}${is ?? ''} ${spokenDigits(digits)}`,
    )
    .replace(RANGE, '$1 to $2')
    .replace(FRACTION, (fraction) => FRACTIONS[fraction] ?? fraction.replace('/', ' slash '))
    .replace(ORDINAL, (found) => spokenOrdinal(Number(found.replace(/[^\d]/g, ''))))
    .replace(UNIT, (unit) => ` ${UNITS[unit.replace('.', '')] ?? unit}`)
    .replace(GROUPED, (found) => spokenDecimal(found))
    .replace(DIGITS, (_, sign: string | undefined, digits: string, offset: number, whole: string) => {
      const words = (sign === undefined ? '' : 'minus ') + count(digits, whole, offset + (sign ?? '').length);
      const before = whole[offset - 1] ?? '';
      const after = whole[offset + (sign ?? '').length + digits.length] ?? '';
      return `${/[\p{L}\d]/u.test(before) ? ' ' : ''}${words}${/\p{L}/u.test(after) ? ' ' : ''}`;
    });
}

/** @param offset - of the digits in the text */
function count(digits: string, text: string, offset: number): string {
  if (digits.length > 1 && digits.startsWith('0')) return spokenDigits(digits);
  const attached = /\p{L}/u.test(text[offset - 1] ?? '') || /\p{L}/u.test(text[offset + digits.length] ?? '');
  if (attached && digits.length > 2) return spokenDigits(digits);
  if (digits.length === 4 && /^(?:19|20)/.test(digits)) return spokenYear(Number(digits));
  return digits.length > 4 && !digits.endsWith('000') ? spokenDigits(digits) : spokenDecimal(digits);
}

function telephone(found: string): string {
  const digits = found.replace(/[^\d]/g, '');
  if (digits.length < 7) return found;
  const groups = (found.match(/\d+/g) ?? []).map((group) => spokenDigits(group));
  return `${found.startsWith('+') ? 'plus ' : ''}${groups.join(', ')}`;
}
