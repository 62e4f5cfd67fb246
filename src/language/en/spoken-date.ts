import { spokenNumber, spokenOrdinal } from './spoken-number.ts';

export const MONTHS: readonly string[] = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** '2026-11-21' → "November twenty-first, twenty twenty-six"; anything else as it is. */
export function spokenDate(iso: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso) ?? [];
  const name = MONTHS[Number(month) - 1];
  if (name === undefined) return iso;
  return `${name} ${spokenOrdinal(Number(day))}, ${spokenYear(Number(year))}`;
}

/** 2026 → "twenty twenty-six", 2005 → "two thousand five", 1905 → "nineteen oh five" */
export function spokenYear(year: number): string {
  const century = Math.floor(year / 100);
  const rest = year % 100;
  if (century % 10 === 0 && rest < 10) return spokenNumber(year);
  if (rest === 0) return `${spokenNumber(century)} hundred`;
  return `${spokenNumber(century)} ${rest < 10 ? 'oh ' : ''}${spokenNumber(rest)}`;
}

/** '17:30' → "five thirty P M"; anything else as it is. */
export function spokenTime(text: string): string {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})/.exec(text) ?? [];
  if (hours === undefined || Number(hours) > 23 || Number(minutes) > 59) return text;
  const hour = Number(hours) % 12 === 0 ? 12 : Number(hours) % 12;
  const minute = Number(minutes);
  const past = minute === 0 ? '' : minute < 10 ? ` oh ${spokenNumber(minute)}` : ` ${spokenNumber(minute)}`;
  return `${spokenNumber(hour)}${past} ${Number(hours) < 12 ? 'A' : 'P'} M`;
}
