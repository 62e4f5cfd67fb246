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
