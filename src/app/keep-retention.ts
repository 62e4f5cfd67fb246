import { join } from 'node:path';
import { logCertifier } from '../archive/log/log-certifier.ts';
import { openDestroyer } from '../archive/maintenance/open-destroyer.ts';
import { storeRecords } from '../archive/maintenance/retention-store.ts';
import { openReaper } from '../archive/retention/open-reaper.ts';
import { REAPER_SETTINGS, type Reaper, type ReaperPass } from '../archive/retention/reaper.ts';
import { countWaiting } from '../archive/retention/record-rows.ts';
import { seconds } from '../domain/units.ts';
import { eraseCall } from '../journal/erase-call.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { type Job, type RunningJob, runEvery } from '../lib/run-every.ts';
import type { Scope } from '../lib/scope.ts';
import type { Storage } from '../storage/storage.ts';
import { VERSION } from '../version.ts';
import { databaseTime } from './database-time.ts';
import type { OpenedArchive } from './open-archive.ts';

const DAY_MS = 86_400_000;
const PASS_EVERY = seconds(600);
const STORE_EVERY = seconds(2);

export interface KeptRetention {
  readonly reaper: Reaper;
  /** Undefined: it has not run yet, or it is switched off. */
  readonly latest: () => ReaperPass | undefined;
  /** Undefined: archive.destruction is off. */
  readonly destroying: RunningJob | undefined;
  readonly storing: RunningJob;
}

/**
 * Takes the records of retention into the store as they come, and destroys what is due as archive.destruction says, until the scope closes.
 *
 * @throws IvrError STORAGE_FAILED
 */
export async function keepRetention(
  archive: OpenedArchive,
  scope: Scope,
  clock: Clock,
  logger: Logger,
): Promise<KeptRetention> {
  const { storage, config, keys, blobs, log, signers, places } = archive;
  const { destruction, destruction_grace_days } = config.archive;
  const wall = () => clock.wall();
  const reaper = await openReaper(
    {
      storage,
      clock,
      reference: () => databaseTime(storage, config),
      destroyer: openDestroyer({
        keys,
        blobs,
        folders: ({ id, startedAt }) => [
          join(places.work, id),
          join(config.recordings.directory, new Date(startedAt).toISOString().slice(0, 10).replaceAll('-', '/'), id),
        ],
      }),
      certifier: logCertifier(signers, log, 'DESTROY'),
      eraseCall,
      software: `tellerline ${VERSION}`,
    },
    { ...REAPER_SETTINGS, approval: destruction !== 'automatic', graceMs: destruction_grace_days * DAY_MS },
  );
  let latest: ReaperPass | undefined;
  const store = (signal: AbortSignal): Promise<number> =>
    storeRecords({ storage, keys, blobs, log, signers, wall }, signal);
  const pass = async (signal: AbortSignal): Promise<void> => {
    latest = await reaper.pass(signal);
    tell(latest, logger);
    await store(signal);
  };
  const job = (one: Job): RunningJob => scope.use(runEvery(one, clock, logger, scope.signal));
  const storing = job({ name: 'storing records of retention', every: STORE_EVERY, run: store });
  const destroying =
    destruction === 'off' ? undefined : job({ name: 'destroying what is due', every: PASS_EVERY, run: pass });
  return { reaper, latest: () => latest, destroying, storing };
}

function tell({ proposed, destroyed, withdrawn, failed, waiting, stopped }: ReaperPass, logger: Logger): void {
  if (stopped !== undefined)
    logger.error({ because: stopped }, 'nothing is destroyed: the clock is in doubt until two people confirm it');
  for (const { recording, code } of failed)
    logger.error(
      { recording, code },
      'the destruction of a recording has begun but is not finished; it will be tried again',
    );
  if (proposed + destroyed.length + withdrawn.length > 0)
    logger.info(
      { proposed, destroyed: destroyed.length, withdrawn: withdrawn.length, waiting },
      'the retention of some recordings has ended',
    );
}

/** For the gauges of the archive. */
export async function retentionGauges(
  { reaper, latest, destroying, storing }: KeptRetention,
  { knex }: Storage,
): Promise<Readonly<Record<RetentionGauge, number>>> {
  const [{ proposed, approved, shredding }, { records }] = await Promise.all([reaper.counts(), countWaiting(knex)]);
  return {
    archive_destruction_proposed: proposed,
    archive_destruction_approved: approved,
    archive_destruction_unfinished: shredding,
    archive_destruction_stopped: latest()?.stopped === undefined ? 0 : 1,
    archive_destruction_overdue: destroying?.overdue() === true ? 1 : 0,
    archive_retention_records_waiting: records,
    archive_retention_records_overdue: storing.overdue() && records > 0 ? 1 : 0,
  };
}

export const RETENTION_GAUGES = {
  archive_destruction_proposed: 'Recordings whose retention is over and whose destruction two people have to agree to',
  archive_destruction_approved: 'Recordings that will be destroyed when their grace is over',
  archive_destruction_unfinished: 'Recordings whose destruction has begun and is not finished: an alarm when it stays',
  archive_destruction_stopped: '1 while nothing is destroyed because the clock is in doubt: an alarm',
  archive_destruction_overdue: '1 when nothing has looked for half an hour at what is due: an alarm',
  archive_retention_records_waiting:
    'Holds, releases, policies and other records of retention that are not in the store yet',
  archive_retention_records_overdue: '1 when such records cannot be stored: an alarm',
} as const;
type RetentionGauge = keyof typeof RETENTION_GAUGES;
