import { expect, test } from 'vitest';
import { dayAround, localTime, startOfDate } from '../../src/lib/local-time.ts';

const HOUR = 3_600_000;

test.each([
  ['UTC', '2026-10-01', 24],
  ['Asia/Shanghai', '2026-10-01', 24],
  ['Asia/Kathmandu', '2026-10-01', 24], // 5:45
  ['Pacific/Kiritimati', '2026-10-01', 24], // +14
  ['Pacific/Pago_Pago', '2026-10-01', 24], // −11
  ['Europe/Berlin', '2026-03-29', 23],
  ['Europe/Berlin', '2026-10-25', 25],
  ['America/New_York', '2026-11-01', 25],
  ['America/Santiago', '2026-09-06', 23], // begins at 1:00
  ['America/Asuncion', '2024-10-06', 23], // likewise
] as const)('%s, %s: a day of %d hours', (zone, date, hours) => {
  const from = startOfDate(date, zone);
  expect(localTime(from, zone).date).toBe(date);
  expect(localTime(from - 1, zone).date < date).toBe(true);
  for (const at of [from, from + 5 * HOUR + 1, from + hours * HOUR - 1])
    expect(dayAround(at, zone)).toEqual({ from, until: from + hours * HOUR });
});
