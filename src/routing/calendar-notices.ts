import type { WallMs } from '../domain/units.ts';
import { localTime } from '../lib/local-time.ts';
import type { RoutingTable } from './routing-table.ts';

/** What somebody has to find out about a calendar before its days come. */
export interface CalendarNotice {
  readonly calendar: string;
  /** `unannounced`: today's date is not known any more, and counts by its weekday. `ending`: so it will be, soon. `provisional`: a day that is near may yet change. */
  readonly what: 'unannounced' | 'ending' | 'provisional';
  /** The last day that was announced, or the first that is provisional: `2026-12-31`. */
  readonly date: string;
}

/** Days before: holidays are announced some weeks ahead, and somebody has to enter them. */
const ENDING = 30;
const NEAR = 14;

/** What is not final at that moment, in the calendars' time zone. */
export function calendarNotices(
  { timeZone, outlooks }: Pick<RoutingTable, 'timeZone' | 'outlooks'>,
  at: WallMs,
): readonly CalendarNotice[] {
  const today = localTime(at, timeZone).date;
  return Object.entries(outlooks).flatMap(([calendar, { announcedUntil, provisional }]): readonly CalendarNotice[] => {
    const near = provisional
      .filter(({ first, last }) => last >= today && first <= daysAfter(today, NEAR))
      .map(({ first }) => (first < today ? today : first))
      .toSorted()[0];
    return [
      ...(announcedUntil === undefined || announcedUntil > daysAfter(today, ENDING)
        ? []
        : [{ calendar, what: announcedUntil < today ? 'unannounced' : 'ending', date: announcedUntil } as const]),
      ...(near === undefined ? [] : [{ calendar, what: 'provisional', date: near } as const]),
    ];
  });
}

const daysAfter = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
