/** A moment as the clock on the wall of a time zone shows it. */
export interface LocalTime {
  /** `2026-10-01` */
  readonly date: string;
  /** Of the day: 0…1439. */
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * @param at - Unix ms
 * @param timeZone - IANA name
 */
export function localTime(at: number, timeZone: string): LocalTime {
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

/** @param date - and result: `2026-10-01` */
export const dayBefore = (date: string): string => new Date(Date.parse(date) - DAY_MS).toISOString().slice(0, 10);
