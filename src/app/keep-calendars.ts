import { type Milliseconds, ms } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { runEvery } from '../lib/run-every.ts';
import type { Scope } from '../lib/scope.ts';
import { type CalendarNotice, calendarNotices } from '../routing/calendar-notices.ts';
import type { RoutingTable } from '../routing/routing-table.ts';
import { gaugesOf, type Part } from './part.ts';

const EVERY: Milliseconds = ms(86_400_000);

/** Calendars whose days nobody has announced are told of every day, and before. Until somebody enters them the weekday counts. */
export function keepCalendars(
  table: Pick<RoutingTable, 'timeZone' | 'outlooks'>,
  clock: Pick<Clock, 'wall' | 'now' | 'after'>,
  scope: Scope,
  logger: Logger,
): Part {
  const notices = (): readonly CalendarNotice[] => calendarNotices(table, clock.wall());
  const tell = async (): Promise<void> => {
    for (const notice of notices()) tellNotice(notice, logger);
  };
  scope.use(runEvery({ name: 'looking at calendars', every: EVERY, first: ms(0), run: tell }, clock, logger));
  const of = (what: CalendarNotice['what']): readonly CalendarNotice[] =>
    notices().filter((each) => each.what === what);
  return {
    name: 'calendars',
    checks() {
      const names = of('unannounced').map(({ calendar }) => calendar);
      const state = names.length === 0 ? 'ok' : `no days are announced any more, weekdays count: ${names.join(', ')}`;
      return [{ name: 'calendars', state, stops: 'nothing' }];
    },
    gauges: gaugesOf(
      {
        routing_calendars_unannounced: 'Calendars of routing.file whose announced days are over: an alarm',
        routing_calendars_ending: 'Calendars of routing.file whose announced days end within 30 days',
        routing_calendars_provisional: 'Calendars of routing.file with provisional days within 14 days',
      },
      () => ({
        routing_calendars_unannounced: of('unannounced').length,
        routing_calendars_ending: of('ending').length,
        routing_calendars_provisional: of('provisional').length,
      }),
    ),
  };
}

function tellNotice({ calendar, what, date }: CalendarNotice, logger: Logger): void {
  const facts = { calendar, date };
  if (what === 'unannounced')
    logger.error(
      facts,
      'a calendar of routing.file has no announced days after this date; until they are entered the weekday counts',
    );
  else if (what === 'ending')
    logger.warn(facts, 'the announced days of a calendar of routing.file end soon; enter the next ones');
  else
    logger.warn(facts, 'a day of a calendar of routing.file is near and still provisional; find out whether it holds');
}
