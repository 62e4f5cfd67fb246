import { dayBefore, localTime } from '../lib/local-time.ts';

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

const spansOf = ({ weekly, dates }: OpeningHours, date: string): readonly OpenSpan[] =>
  dates[date] ?? weekly[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? [];

/** @param at - Unix ms */
export function isOpen(hours: OpeningHours, at: number): boolean {
  const { date, minute } = localTime(at, hours.zone);
  const within = ({ from, to }: OpenSpan): boolean => minute >= from && (to <= from || minute < to);
  const after = ({ from, to }: OpenSpan): boolean => to <= from && minute < to;
  return spansOf(hours, date).some(within) || spansOf(hours, dayBefore(date)).some(after);
}
