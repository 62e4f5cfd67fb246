import { expect, test } from 'vitest';
import { keepCalendars } from '../../src/app/keep-calendars.ts';
import { Scope } from '../../src/lib/scope.ts';
import { keptLog } from '../support/kept-log.ts';
import { ManualClock } from '../support/manual-clock.ts';

const DAY_MS = 86_400_000;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('days that nobody has announced are told of every day, and operators see it', async () => {
  const clock = new ManualClock(); // at 22:13 on 2023-11-14
  const log = keptLog();
  await using scope = new Scope();
  const holidays = { announcedUntil: '2023-11-14', provisional: [] };
  const part = keepCalendars({ timeZone: 'UTC', outlooks: { holidays } }, clock, scope, log);
  clock.advance(0);
  await settled();
  expect(log.text()).toContain('end soon');
  expect(await part.checks?.()).toEqual([{ name: 'calendars', state: 'ok', stops: 'nothing' }]);
  for (const days of [1, 2]) {
    clock.advance(DAY_MS);
    await settled();
    expect(log.text().match(/no announced days after/g)).toHaveLength(days);
  }
  expect(await part.checks?.()).toMatchObject([{ state: expect.stringContaining('holidays'), stops: 'nothing' }]);
  expect(await part.gauges?.read()).toEqual({
    routing_calendars_unannounced: 1,
    routing_calendars_ending: 0,
    routing_calendars_provisional: 0,
  });
});
