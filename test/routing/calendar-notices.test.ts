import { expect, test } from 'vitest';
import { wallMs } from '../../src/domain/units.ts';
import { calendarNotices } from '../../src/routing/calendar-notices.ts';

const table = {
  timeZone: 'Asia/Shanghai',
  outlooks: {
    holidays: { announcedUntil: '2026-12-31', provisional: [{ first: '2027-02-06', last: '2027-02-12' }] },
  },
};
const at = (iso: string) => calendarNotices(table, wallMs(Date.parse(iso)));
const ending = { calendar: 'holidays', what: 'ending', date: '2026-12-31' };
const unannounced = { ...ending, what: 'unannounced' };
const provisional = (date: string) => ({ calendar: 'holidays', what: 'provisional', date });

test.each([
  ['2026-11-30T12:00:00+08:00', []],
  ['2026-12-01T00:00:00+08:00', [ending]],
  ['2026-12-31T23:59:59+08:00', [ending]],
  ['2026-12-31T16:00:00Z', [unannounced]],
  ['2027-01-22T12:00:00+08:00', [unannounced]],
  ['2027-01-23T12:00:00+08:00', [unannounced, provisional('2027-02-06')]],
  ['2027-02-10T12:00:00+08:00', [unannounced, provisional('2027-02-10')]],
  ['2027-02-13T12:00:00+08:00', [unannounced]],
])('on %s', (iso, expected) => expect(at(iso)).toEqual(expected));

test('a calendar that says nothing of it is final', () => {
  expect(calendarNotices({ timeZone: 'UTC', outlooks: {} }, wallMs(0))).toEqual([]);
});
