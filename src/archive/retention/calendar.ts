import { type WallMs, wallMs } from '../../domain/units.ts';
import { wallClock } from '../../lib/local-time.ts';
import type { CalendarPeriod } from './retention.ts';

/* Terms as the law counts them: by the calendar of a time zone, rounded up. Five years are not 5 × 365 days. */

interface Day {
  readonly year: number;
  /** 1…12 */
  readonly month: number;
  readonly day: number;
}

function dayOf(at: WallMs, zone: string): Day {
  const date = new Date(wallClock(at, zone));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The first instant of that day; where its midnight is skipped or comes twice, the later one. */
function startOfDay(midnight: number, zone: string): number {
  const instants = [-DAY, 0, DAY].map(
    (near) => midnight - (wallClock(wallMs(midnight + near), zone) - (midnight + near)),
  );
  const starts = instants.filter((instant) => wallClock(wallMs(instant), zone) >= midnight);
  return Math.max(...(starts.length > 0 ? [Math.min(...starts)] : instants.map((instant) => instant + HOUR)));
}

/**
 * The end of the last day of a term that begins `at`: the instant from which on it is over. A day that its month does not
 * have (29 February) is the first of the next month.
 *
 * @throws RangeError when there is no such zone
 */
export function endOfTerm(at: WallMs, { years, months, days }: CalendarPeriod, zone: string): WallMs {
  const from = dayOf(at, zone);
  const month = from.year * 12 + (from.month - 1) + years * 12 + months;
  const first = Date.UTC(Math.floor(month / 12), month % 12, 1);
  const inMonth = new Date(Date.UTC(Math.floor(month / 12), (month % 12) + 1, 0)).getUTCDate();
  const same = from.day > inMonth ? first + inMonth * DAY : first + (from.day - 1) * DAY;
  return wallMs(startOfDay(same + (days + 1) * DAY, zone));
}

/** Whether `a` is over before `b` is, whenever they begin. */
export const isShorter = (a: CalendarPeriod, b: CalendarPeriod): boolean => {
  const [x, y] = [a, b].map(({ years, months, days }) => (years * 12 + months) * 30.4375 + days) as [number, number];
  return x < y;
};
