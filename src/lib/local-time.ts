/** A moment as the clock on the wall of a time zone shows it. */
export interface LocalTime {
  /** `2026-10-01` */
  readonly date: string;
  /** Of the day: 0…1439. */
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
/** @throws RangeError when there is no such zone */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, made);
  return made;
}

let machineZone: string | undefined;
/** That of this machine, as it was when first asked: Intl takes most of a millisecond to say. */
export const localZone = (): string => (machineZone ??= Intl.DateTimeFormat().resolvedOptions().timeZone);

export function isZone(zone: string): boolean {
  try {
    return formatOf(zone) !== undefined;
  } catch {
    return false;
  }
}

/**
 * What a clock on the wall shows there, as if it were UTC.
 *
 * @param at - Unix ms
 * @param zone - IANA name
 * @throws RangeError when there is no such zone
 */
export function wallClock(at: number, zone: string): number {
  const part = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The same as a date and a minute. @throws RangeError when there is no such zone */
export function localTime(at: number, zone: string): LocalTime {
  const wall = new Date(wallClock(at, zone));
  return { date: wall.toISOString().slice(0, 10), minute: wall.getUTCHours() * 60 + wall.getUTCMinutes() };
}

const DAY_MS = 86_400_000;

/** @param date - and result: `2026-10-01` */
export const dayBefore = (date: string): string => new Date(Date.parse(date) - DAY_MS).toISOString().slice(0, 10);

const QUARTER_MS = 900_000;
const quarterAt = (at: number): number => Math.floor(at / QUARTER_MS) * QUARTER_MS;

/**
 * The day there that a moment is in; 23, 24 or 25 hours. Zones and their changes go by whole quarters of an hour.
 *
 * @param at - Unix ms
 * @returns its first moment, and that of the next day
 * @throws RangeError when there is no such zone
 */
export function dayAround(at: number, zone: string): { readonly from: number; readonly until: number } {
  const { date } = localTime(at, zone);
  const sameDay = (quarter: number): boolean => localTime(quarter, zone).date === date;
  let from = quarterAt(at);
  while (sameDay(from - QUARTER_MS)) from -= QUARTER_MS;
  let until = quarterAt(at) + QUARTER_MS;
  while (sameDay(until)) until += QUARTER_MS;
  return { from, until };
}

/**
 * When a date begins there.
 *
 * @param date - `2026-10-01`
 * @throws RangeError when there is no such zone, or date
 */
export function startOfDate(date: string, zone: string): number {
  const utc = Date.parse(date);
  const noon = utc - (wallClock(utc, zone) - utc) + DAY_MS / 2; // an hour's change of clocks does not leave the day
  return dayAround(noon, zone).from;
}
