/** Minutes of a day, half-open; one that ends at or before its beginning goes on into the next day. */
export interface OpenSpan {
  readonly from: number;
  readonly to: number;
}

export interface OpeningHours {
  /** IANA name. */
  readonly zone: string;
  /** By day of the week, 0 is Sunday. */
  readonly weekly: readonly (readonly OpenSpan[])[];
  /** Days that are otherwise than their day of the week, by ISO date: none open on a holiday. */
  readonly dates: Readonly<Record<string, readonly OpenSpan[]>>;
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_MINUTES = 1440;
const SPAN = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/;
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** "09:00-18:00"; "22:00-06:00" goes on into the next day; "00:00-24:00" is the whole day. */
function parseSpan(text: string): OpenSpan | undefined {
  const [, fromHour, fromMinute, toHour, toMinute] = SPAN.exec(text) ?? [];
  if (fromHour === undefined) return undefined;
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = Number(toHour) * 60 + Number(toMinute);
  if (to > DAY_MINUTES || from === to) return undefined;
  return { from, to };
}

function parseDays(text: string): readonly number[] | undefined {
  const [first = '', last = first] = text.split('-');
  const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
  if (from < 0 || to < 0) return undefined;
  // sat-mon goes over the end of the week
  return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, n) => (from + n) % 7);
}

/**
 * @param lines - "mon-fri 09:00-18:00", "2026-10-11 09:00-18:00" (a day of its own), "2026-10-01 closed"
 * @returns the hours, or what is wrong with them
 */
export function parseOpeningHours(lines: readonly string[], zone: string): OpeningHours | { readonly problem: string } {
  try {
    Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    return { problem: `${zone} is no time zone; expected one such as Asia/Shanghai` };
  }
  const weekly: OpenSpan[][] = Array.from({ length: 7 }, () => []);
  const dates: Record<string, OpenSpan[]> = {};
  for (const line of lines) {
    const [day = '', time = '', ...more] = line.trim().split(/\s+/);
    const span = parseSpan(time);
    const days = DATE.test(day) ? undefined : parseDays(day);
    if (more.length > 0 || (span === undefined && !(time === 'closed' && DATE.test(day))))
      return { problem: `“${line}”: expected days and times such as mon-fri 09:00-18:00, or 2026-10-01 closed` };
    if (days !== undefined && span !== undefined) for (const each of days) weekly[each]?.push(span);
    else if (DATE.test(day)) (dates[day] ??= []).push(...(span === undefined ? [] : [span]));
    else return { problem: `“${line}”: ${day} is neither a day of the week nor a date` };
  }
  return { zone, weekly, dates };
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Date, day of the week and minute of the day in a zone. */
function localTime(at: number, zone: string): { readonly date: string; readonly minute: number } {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    date: `${parts['year']}-${parts['month']}-${parts['day']}`,
    minute: Number(parts['hour']) * 60 + Number(parts['minute']),
  };
}

function dayBefore(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  return new Date(day.getTime() - 86_400_000).toISOString().slice(0, 10);
}

const spansOf = ({ weekly, dates }: OpeningHours, date: string): readonly OpenSpan[] =>
  dates[date] ?? weekly[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? [];

/** @param at - Unix ms */
export function isOpen(hours: OpeningHours, at: number): boolean {
  const { date, minute } = localTime(at, hours.zone);
  const within = ({ from, to }: OpenSpan): boolean => minute >= from && (to <= from || minute < to);
  const after = ({ from, to }: OpenSpan): boolean => to <= from && minute < to;
  return spansOf(hours, date).some(within) || spansOf(hours, dayBefore(date)).some(after);
}
