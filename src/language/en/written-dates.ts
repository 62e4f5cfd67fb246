import { MONTHS, spokenDate, spokenTime, spokenYear } from './spoken-date.ts';
import { spokenNumber, spokenOrdinal } from './spoken-number.ts';

const MONTH = MONTHS.map((month) => `${month}|${month.slice(0, 3)}`).join('|');
const CLOCK = /(?<![\d:.])(\d{1,2}):(\d{2})(?::\d{2})?(?![\d:])(?:\s?([ap])\.?\s?m\b\.?)?/gi;
const HOUR = /(?<![\d:.,$£€])(\d{1,2})\s?([ap])\.?\s?m\b\.?/gi;
const ISO = /(?<![\d-])(\d{4}-\d{2}-\d{2})(?![\d-])/g;
const NUMERIC = /(?<![\d/])(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})(?![\d/])/g;
const MONTH_DAY = new RegExp(`\\b(${MONTH})\\s(\\d{1,2})(?:st|nd|rd|th)?\\b(?![\\d:%.]\\d)(?:,?\\s(\\d{4})\\b)?`, 'g');
const DAY_MONTH = new RegExp(
  `\\b(?:the )?(\\d{1,2})(?:st|nd|rd|th)?\\s(?:of )?(${MONTH})\\b\\.?(?:,?\\s(\\d{4})\\b)?`,
  'g',
);
const MONTH_YEAR = new RegExp(`\\b(${MONTH})\\s(\\d{4})\\b`, 'g');

/** Dates and times of day in words. @param american - 4/3/2026 is in April */
export function wordDates(text: string, american: boolean): string {
  return text
    .replace(ISO, (iso) => spokenDate(iso))
    .replace(NUMERIC, (found, first: string, second: string, year: string) => {
      // who writes 21/11 means the 21st, wherever
      const monthFirst = american ? Number(first) <= 12 : Number(second) > 12;
      const [month, day] = monthFirst ? [first, second] : [second, first];
      return spoken(Number(month), Number(day), year.length === 2 ? `20${year}` : year) ?? found;
    })
    .replace(CLOCK, (found, hours: string, minutes: string, half: string | undefined, offset: number) => {
      const hour = half === undefined ? Number(hours) : hourOfDay(Number(hours), half);
      const words = spokenTime(`${hour}:${minutes}`);
      return /\d/.test(words) ? found : words + stopAfter(found, offset, text);
    })
    .replace(HOUR, (found, hours: string, half: string, offset: number, whole: string) => {
      if (Number(hours) < 1 || Number(hours) > 12) return found;
      return `${spokenNumber(Number(hours))} ${half.toUpperCase()} M${stopAfter(found, offset, whole)}`;
    })
    .replace(MONTH_DAY, (found, month: string, day: string, year?: string) => {
      return spoken(monthNumber(month), Number(day), year) ?? found;
    })
    .replace(DAY_MONTH, (found, day: string, month: string, year?: string) => {
      return spoken(monthNumber(month), Number(day), year, true) ?? found;
    })
    .replace(MONTH_YEAR, (_, month: string, year: string) => {
      return `${MONTHS[monthNumber(month) - 1]} ${spokenYear(Number(year))}`;
    });
}

const monthNumber = (month: string): number => MONTHS.findIndex((name) => name.startsWith(month)) + 1;

function hourOfDay(hour: number, half: string): number {
  if (hour < 1 || hour > 12) return hour;
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

/** 'p.m.' took a full stop along; a sentence that ended with it still ends. */
const stopAfter = (found: string, offset: number, text: string): string =>
  found.endsWith('.') && /^\s*(?:$|\p{Lu})/u.test(text.slice(offset + found.length)) ? '.' : '';

function spoken(month: number, day: number, year: string | undefined, dayFirst = false): string | undefined {
  const name = MONTHS[month - 1];
  if (name === undefined || day < 1 || day > 31) return undefined;
  const ordinal = spokenOrdinal(day);
  const date = dayFirst ? `the ${ordinal} of ${name}` : `${name} ${ordinal}`;
  return year === undefined ? date : `${date}, ${spokenYear(Number(year))}`;
}
