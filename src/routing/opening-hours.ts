import { type WallMs, wallMs } from '../domain/units.ts';
import { dayBefore, localTime } from '../lib/local-time.ts';
import type { DateInterval, OpeningRule, RoutingTable, Weekday } from './routing-table.ts';
import { WEEKDAYS } from './routing-table.ts';

/** Monday first. */
const weekdayOf = (date: string): Weekday => WEEKDAYS[(new Date(date).getUTCDay() + 6) % 7] ?? 'mon';

/** Of a bank: by name, in its time zone. */
export type OpeningHours = Pick<RoutingTable, 'timeZone' | 'calendars' | 'hours'>;

/** Whether those hours are open at that moment. Hours that there are not never are. */
export function isOpen({ timeZone, calendars, hours }: OpeningHours, name: string, at: WallMs): boolean {
  const now = localTime(at, timeZone);
  const counts = (rule: OpeningRule, date: string): boolean => {
    const isIn = (calendar: string): boolean => (calendars[calendar] ?? []).some((interval) => holds(interval, date));
    return (rule.days.includes(weekdayOf(date)) || rule.also.some(isIn)) && !rule.except.some(isIn);
  };
  return (hours[name] ?? []).some((rule) => {
    const { fromMinute: from, toMinute: to } = rule;
    if (to > from) return now.minute >= from && now.minute < to && counts(rule, now.date);
    return (now.minute >= from && counts(rule, now.date)) || (now.minute < to && counts(rule, dayBefore(now.date)));
  });
}

const QUARTER_MS = 900_000;
const MINUTE_MS = 60_000;
const LOOKED_AT_MS = 15 * 86_400_000;

/** When those hours open next, to the minute; undefined: not within a fortnight. */
export function nextOpening(hours: OpeningHours, name: string, after: WallMs): WallMs | undefined {
  const end = after + LOOKED_AT_MS;
  for (let quarter = Math.ceil(after / QUARTER_MS) * QUARTER_MS; quarter < end; quarter += QUARTER_MS) {
    if (!isOpen(hours, name, wallMs(quarter))) continue;
    let minute = quarter;
    while (minute - MINUTE_MS > after && isOpen(hours, name, wallMs(minute - MINUTE_MS))) minute -= MINUTE_MS;
    return wallMs(minute);
  }
  return undefined;
}

const holds = ({ first, last }: DateInterval, date: string): boolean => first <= date && date <= last;
