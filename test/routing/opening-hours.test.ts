import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wallMs } from '../../src/domain/units.ts';
import { isOpen } from '../../src/routing/opening-hours.ts';
import type { OpeningRule } from '../../src/routing/routing-table.ts';
import { WEEKDAYS } from '../../src/routing/routing-table.ts';

const WORKDAYS = WEEKDAYS.slice(0, 5);
const rule = (from: number, to: number, more: Partial<OpeningRule> = {}): OpeningRule => ({
  days: WORKDAYS,
  also: [],
  except: [],
  fromMinute: from * 60,
  toMinute: to * 60,
  ...more,
});
const table = (rules: readonly OpeningRule[], timeZone = 'Asia/Shanghai') => ({
  timeZone,
  calendars: {
    holidays: [{ first: '2026-10-01', last: '2026-10-07' }],
    'make-up': [{ first: '2026-10-10', last: '2026-10-10' }],
  },
  hours: { office: rules },
});
const open = (rules: readonly OpeningRule[], iso: string, timeZone?: string): boolean =>
  isOpen(table(rules, timeZone), 'office', wallMs(Date.parse(iso)));

describe('opening hours', () => {
  const office = [rule(9, 17, { except: ['holidays'] }), rule(10, 12, { days: [], also: ['make-up'] })];
  test.each([
    ['the first minute', '2026-11-30T09:00:00+08:00', true],
    ['the minute before', '2026-11-30T08:59:59+08:00', false],
    ['the last minute', '2026-11-30T16:59:59+08:00', true],
    ['the end', '2026-11-30T17:00:00+08:00', false],
    ['a Saturday', '2026-11-28T10:00:00+08:00', false],
    ['the first day of the holidays', '2026-10-01T10:00:00+08:00', false],
    ['the last one', '2026-10-07T10:00:00+08:00', false],
    ['the day after', '2026-10-08T10:00:00+08:00', true],
    ['a Saturday that is worked on', '2026-10-10T10:00:00+08:00', true],
    ['that Saturday, by its own hours', '2026-10-10T13:00:00+08:00', false],
    ['by the time of the bank, not of the machine', '2026-11-30T01:00:00Z', true],
  ])('%s', (_when, iso, expected) => expect(open(office, iso)).toBe(expected));

  const night = [rule(22, 6)];
  test.each([
    ['Friday night', '2026-11-27T23:00:00+08:00', true],
    ['its morning, a Saturday', '2026-11-28T05:59:00+08:00', true],
    ['after it', '2026-11-28T06:00:00+08:00', false],
    ['Saturday night', '2026-11-28T23:00:00+08:00', false],
    ['Monday morning: Sunday night is no workday', '2026-11-30T05:00:00+08:00', false],
  ])('past midnight, %s', (_when, iso, expected) => expect(open(night, iso)).toBe(expected));

  test('follow the clock on the wall when it is changed', () => {
    // summer time ends in Berlin at 3:00 on 25 October 2026, a Sunday
    const sunday = [rule(9, 10, { days: ['sun'] })];
    expect(open(sunday, '2026-10-25T08:30:00Z', 'Europe/Berlin')).toBe(true);
    expect(open(sunday, '2026-10-18T07:30:00Z', 'Europe/Berlin')).toBe(true);
    expect(open(sunday, '2026-10-25T07:30:00Z', 'Europe/Berlin')).toBe(false);
  });

  test('from 00:00 to 00:00 are whole days, Saturday to Monday three of them, each minute of them once', () => {
    const weekend = [rule(0, 0, { days: ['sat', 'sun', 'mon'] })];
    const [begin, minute] = [Date.parse('2026-11-23T00:00:00+08:00'), 60_000];
    const minutes = Array.from({ length: 14 * 1_440 }, (_, n) => wallMs(begin + n * minute));
    const opened = minutes.filter((at) => isOpen(table(weekend), 'office', at));
    expect(opened).toHaveLength(2 * 3 * 1_440);
  });

  test('that are not in the table are never open', () => {
    expect(isOpen(table([]), 'nowhere', wallMs(Date.now()))).toBe(false);
  });
});

test('a rule and its complement: exactly one is open at any time', () => {
  const minute = fc.integer({ min: 1, max: 1_439 });
  const moment = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2035-01-01') });
  const days = [...WEEKDAYS];
  fc.assert(
    fc.property(minute, minute, moment, (from, to, at) => {
      fc.pre(from !== to);
      const one = table([rule(0, 0, { days, fromMinute: from, toMinute: to })]);
      const other = table([rule(0, 0, { days, fromMinute: to, toMinute: from })]);
      expect(isOpen(one, 'office', wallMs(at))).toBe(!isOpen(other, 'office', wallMs(at)));
    }),
  );
});
