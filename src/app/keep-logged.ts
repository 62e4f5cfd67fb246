import { openLoggedRecords } from '../archive/maintenance/logged-records.ts';
import { seconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { runEvery } from '../lib/run-every.ts';
import type { Scope } from '../lib/scope.ts';
import { logAccesses, logKeyEvents } from './log-accesses.ts';
import type { OpenedArchive } from './open-archive.ts';
import { gaugesOf, type Part } from './part.ts';

const EVERY = seconds(60);

/** Takes the audit trail and what became of keys into the log of the archive, every minute, until the scope closes. */
export function keepLogged(
  { storage, log, audit, keys }: Pick<OpenedArchive, 'storage' | 'log' | 'audit' | 'keys'>,
  scope: Scope,
  clock: Clock,
  logger: Logger,
): Part {
  const records = openLoggedRecords(storage, log, clock);
  const run = async (): Promise<void> => {
    await records.resume();
    await logAccesses(records, audit);
    await logKeyEvents(records, keys);
  };
  const job = scope.use(
    runEvery({ name: 'logging accesses and keys', every: EVERY, run }, clock, logger, scope.signal),
  );
  return {
    name: 'access-log',
    checks() {
      const state = job.overdue() ? 'accesses and keys are not taken into the log of the archive; see the log' : 'ok';
      return [{ name: 'access-log', state, stops: 'nothing' }];
    },
    gauges: gaugesOf(
      { archive_access_log_late: '1 when accesses and keys were not taken into the log for three minutes: an alarm' },
      () => ({ archive_access_log_late: job.overdue() ? 1 : 0 }),
    ),
  };
}
