import { hostname } from 'node:os';
import type { IndexedRecording } from '../archive/index/archive-index.ts';
import { type ProtectedObjects, protectObjects } from '../archive/maintenance/protect-objects.ts';
import { copyMissing } from '../archive/maintenance/repair-copies.ts';
import { SEGMENT_FOLDER } from '../archive/maintenance/retention-segment.ts';
import { baseOf } from '../archive/pipeline/locations.ts';
import { permitIfDecided } from '../archive/retention/destruction-gate.ts';
import {
  countProtection,
  isProtectionUnderWay,
  readSweep,
  selectBegun,
  selectDueProtection,
  writeProtection,
  writeSweep,
} from '../archive/retention/protection-rows.ts';
import { asError, IvrError } from '../domain/error.ts';
import type { RecordingId } from '../domain/ids.ts';
import { type Milliseconds, seconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { type Job, runEvery } from '../lib/run-every.ts';
import type { Scope } from '../lib/scope.ts';
import type { OpenedArchive } from './open-archive.ts';
import { gaugesOf, type Part } from './part.ts';
import { protectingParts } from './protecting-parts.ts';

/** Requests to a store cost calls nothing, but its other users something: some dozens of recordings a second at most. */
const DUE = { every: seconds(2), most: 50 };
/** The whole store, again and again: a million recordings in some six days. */
const SWEEP = { every: seconds(30), most: 60 };
/** The copies of the keys are compared row by row so often. */
const KEYS_EVERY = seconds(21_600);
const SWEEP_NAME = 'protection and copies';

export interface Protecting {
  readonly part: Part;
  /** What is due now; for tests and for whoever does not wait. */
  readonly protectDue: (signal?: AbortSignal) => Promise<void>;
  /** The next stretch of the look through the whole store. One that is aborted is begun again by the next start. */
  readonly sweep: (signal?: AbortSignal) => Promise<void>;
}

interface Counts {
  /** Recordings whose protection somebody else had changed in the store. */
  changed: number;
  /** Objects that one of two copies lacked. */
  copied: number;
}

/** Brings one recording to what is wanted, in the stores. */
function openProtector(archive: OpenedArchive, since: Counts, clock: Clock, logger: Logger) {
  const { storage, blobs } = archive;
  const parts = protectingParts(archive, clock);
  /** Files are this node's alone; undefined: every recording is. */
  const own = blobs.kind === 's3' || storage.dialect === 'sqlite' ? undefined : [storage.node, hostname()];

  /** One recording keeps no other from being protected. */
  function unprotectable({ id }: IndexedRecording, thrown: unknown): ProtectedObjects {
    if (thrown instanceof IvrError && ['BLOBS_UNREACHABLE', 'STORAGE_FAILED'].includes(thrown.code)) throw thrown;
    const nothing = { mode: null, until: null, legalHold: false };
    const problem = asError(thrown).message;
    return { read: { recording: id, ...nothing, readAt: parts.wall(), problem }, found: [] };
  }

  return {
    own,
    isOurs: ({ node }: IndexedRecording): boolean => own === undefined || own.includes(node),
    /** @param change - that was due; undefined: nothing was, so whatever is different was done by somebody else */
    async bring(row: IndexedRecording, change: number | undefined): Promise<void> {
      const { read, found } = await protectObjects(row, parts).catch((thrown: unknown) => unprotectable(row, thrown));
      const [first] = found;
      if (first !== undefined && change === undefined) {
        since.changed += 1;
        logger.error(
          { recording: row.id, object: first, objects: found.length },
          'the store had protected a recording differently than requested; this was corrected',
        );
      }
      if (read.problem !== null)
        logger.error(
          { recording: row.id, problem: read.problem },
          'a recording is not protected in its store as required',
        );
      await writeProtection(storage.knex, { ...read, change });
    },
    async copy(prefix: string): Promise<void> {
      const copied = await copyMissing(prefix, blobs, () => clock.wall());
      since.copied += copied.length;
      for (const what of copied) logger.warn({ object: what }, 'a missing copy was restored');
    },
  };
}

/** Compares the copies of the keys, once in a while. */
function keyComparison(
  { keys, storage }: OpenedArchive,
  clock: Clock,
  logger: Logger,
): (signal: AbortSignal) => Promise<void> {
  let compared: number | undefined;
  return async (signal) => {
    if (compared !== undefined && clock.now() - compared < KEYS_EVERY) return;
    const permit = (id: RecordingId) => permitIfDecided(storage.knex, id);
    const { changed, undecided } = await keys.syncCopy({ permit, signal });
    for (const recording of undecided)
      logger.error(
        { recording },
        'one copy of the keys has lost the secret of a recording that nobody decided to destroy; `tellerline archive fsck --repair` restores it from the other',
      );
    if (signal.aborted) return;
    compared = clock.now();
    if (changed > 0) logger.warn({ keys: changed }, 'the copies of the recordings’ keys differed and agree again');
  };
}

/**
 * Holds the store's locks and legal holds to what retention says, and the copies to each other, until the scope closes: what has changed within seconds, and
 * everything once in a while, whoever may have changed it there.
 */
export function keepProtected(archive: OpenedArchive, scope: Scope, clock: Clock, logger: Logger): Protecting {
  const { index, storage } = archive;
  const { knex, node } = storage;
  const since: Counts = { changed: 0, copied: 0 };
  const protector = openProtector(archive, since, clock, logger);

  async function protectDue(signal?: AbortSignal): Promise<void> {
    for (const { recording, change } of await selectDueProtection(knex, clock.wall(), DUE.most, protector.own)) {
      if (signal?.aborted === true) return;
      const row = await index.find(recording);
      if (row !== undefined) await protector.bring(row, change);
    }
  }

  async function sweep(signal?: AbortSignal): Promise<void> {
    const before = await readSweep(knex, SWEEP_NAME, node);
    if (before === undefined) await protector.copy(SEGMENT_FOLDER);
    const page = await index.list({
      states: ['ARCHIVED', 'VERIFIED'],
      limit: SWEEP.most,
      ...(before === undefined ? {} : { before: before as RecordingId }),
    });
    for (const row of page.filter((each) => protector.isOurs(each))) {
      if (signal?.aborted === true) return;
      if ((await selectBegun(knex, [row.id])).has(row.id)) continue; // what is copied of it now would stay
      if (await isProtectionUnderWay(knex, row.id, 0)) continue; // nobody else changed it: it is still to be told
      if (row.location !== null) await protector.copy(baseOf(row.id, row.location));
      await protector.bring(row, undefined);
    }
    const place = page.length < SWEEP.most ? undefined : page.at(-1)?.id;
    await writeSweep(knex, { name: SWEEP_NAME, node, place, now: clock.wall() });
  }

  const job = (name: string, every: Milliseconds, run: Job['run']) =>
    scope.use(runEvery({ name, every, run }, clock, logger, scope.signal));
  const comparing = job('comparing the copies of the keys', SWEEP.every, keyComparison(archive, clock, logger));
  const protecting = job('protecting stored objects', DUE.every, protectDue);
  const sweeping = job('looking through the archive’s store', SWEEP.every, sweep);
  return {
    protectDue,
    sweep,
    part: {
      name: 'protection',
      gauges: gaugesOf(PROTECTION_GAUGES, async () => {
        const { due, wrong } = await countProtection(knex);
        return {
          archive_protection_waiting: due,
          archive_protection_wrong: wrong,
          archive_protection_found_changed: since.changed,
          archive_protection_overdue: (protecting.overdue() && due > 0) || sweeping.overdue() ? 1 : 0,
          archive_copies_made_anew: since.copied,
          archive_keys_copy_overdue: comparing.overdue() ? 1 : 0,
        };
      }),
    },
  };
}

const PROTECTION_GAUGES = {
  archive_protection_waiting:
    'Recordings whose lock or legal hold in the store has to follow a hold, a release or a longer term',
  archive_protection_wrong: 'Recordings that the store does not protect as it was told to: an alarm',
  archive_protection_found_changed:
    'Recordings since the start whose protection was changed in the store by somebody else and then corrected: an alarm',
  archive_protection_overdue:
    '1 when the store’s locks and legal holds have not been brought up to date for a while: an alarm',
  archive_keys_copy_overdue:
    '1 when the second copy of the recordings’ keys cannot be compared with the first: an alarm',
  archive_copies_made_anew: 'Objects since the start that were missing in one copy and restored from the other',
} as const;
