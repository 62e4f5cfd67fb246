import type { WallMs } from '../domain/units.ts';
import type { DateInterval, OpeningRule, RoutingTable, Weekday } from './routing-table.ts';
import { WEEKDAYS } from './routing-table.ts';

/** A moment as the clock on the wall of the time zone shows it. */
interface LocalTime {
  /** `2026-10-01` */
  readonly date: string;
  /** Of the day: 0…1439. */
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(at: WallMs, timeZone: string): LocalTime {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
  formats.set(timeZone, format);
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const [year, month, day, hour, minute] = (['year', 'month', 'day', 'hour', 'minute'] as const).map(
    (type) => parts.get(type) ?? '00',
  );
  return { date: `${year}-${month}-${day}`, minute: Number(hour) * 60 + Number(minute) };
}

const DAY_MS = 86_400_000;

const dayBefore = (date: string): string => new Date(Date.parse(date) - DAY_MS).toISOString().slice(0, 10);

/** Monday first. */
const weekdayOf = (date: string): Weekday => WEEKDAYS[(new Date(date).getUTCDay() + 6) % 7] ?? 'mon';

type Calendars = Pick<RoutingTable, 'timeZone' | 'calendars' | 'hours'>;

/** Whether those hours are open at that moment. Hours that there are not never are. */
export function isOpen({ timeZone, calendars, hours }: Calendars, name: string, at: WallMs): boolean {
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

const holds = ({ first, last }: DateInterval, date: string): boolean => first <= date && date <= last;
