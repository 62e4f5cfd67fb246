import type { Knex } from 'knex';
import type { RecordingId } from '../../domain/ids.ts';
import type { WallMs } from '../../domain/units.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';

/*
 * Whose protection in the store has to be brought to what is wanted. Noted in the transaction of whatever changes it; a recording that is not in the store yet
 * waits there until it is.
 */

const KEPT = ['ARCHIVED', 'VERIFIED'];

export interface DueProtection {
  readonly recording: RecordingId;
  /** Counts the changes: one that came meanwhile keeps it due. */
  readonly change: number;
}

/** Those that are in the store and are not being destroyed, longest due first. @param nodes - whose; undefined: anybody's @throws IvrError STORAGE_FAILED */
export const selectDueProtection = (
  knex: Knex,
  now: WallMs,
  limit: number,
  nodes?: readonly string[],
): Promise<readonly DueProtection[]> =>
  orStorageFailed(
    'reading what is to be protected',
    knex('archive_protection as p')
      .join('archive_recording as r', 'r.id', 'p.recording')
      .where('p.due_at', '<=', now)
      .whereIn('r.state', KEPT)
      .whereNotIn('p.recording', begun(knex))
      .modify((query) => void (nodes === undefined || query.whereIn('r.node', [...nodes])))
      .orderBy(['p.due_at', 'p.recording'])
      .limit(limit)
      .select<{ recording: RecordingId; change: number }[]>('p.recording', 'p.change'),
  );

const begun = (knex: Knex): Knex.QueryBuilder =>
  knex('destruction').whereIn('state', ['shredding', 'destroyed']).select('recording');

/** Of these, what is being destroyed: from then on nothing of it is protected, or copied. @throws IvrError STORAGE_FAILED */
export const selectBegun = (knex: Knex, recordings: readonly RecordingId[]): Promise<ReadonlySet<RecordingId>> =>
  orStorageFailed(
    'reading what is being destroyed',
    knex('destruction')
      .whereIn('recording', [...recordings])
      .whereIn('state', ['shredding', 'destroyed'])
      .pluck('recording')
      .then((ids: RecordingId[]) => new Set(ids)),
  );

/** What could not be protected is tried again after so long, or when something changes. */
const AGAIN_MS = 600_000;

export interface ReadProtection {
  readonly recording: RecordingId;
  /** The one that was carried out; undefined: nothing was due, it was looked at only. */
  readonly change: number | undefined;
  readonly mode: 'governance' | 'compliance' | null;
  /** The latest lock of its objects. */
  readonly until: WallMs | null;
  readonly legalHold: boolean;
  readonly readAt: WallMs;
  /** Why it is not protected as wanted; null: it is. */
  readonly problem: string | null;
}

/** As the store said when it was asked. What changed meanwhile stays due. @throws IvrError STORAGE_FAILED */
export const writeProtection = (knex: Knex, read: ReadProtection): Promise<void> =>
  orStorageFailed(
    'writing how a recording is protected',
    knex.transaction(async (trx) => {
      const { recording, change, mode, until, legalHold, readAt, problem } = read;
      const found = { mode, until, legal_hold: legalHold ? 1 : 0, read_at: readAt, problem };
      await trx('archive_protection')
        .insert({ recording, change: 0, due_at: null, ...found })
        .onConflict('recording')
        .merge(found);
      const again = problem === null ? null : readAt + AGAIN_MS;
      const due = trx('archive_protection').where({ recording }).update({ due_at: again });
      // a change that came meanwhile is due as it was
      if (change !== undefined) await due.where({ change });
      else if (again !== null) await due.whereNull('due_at');
      await trx('archive_recording')
        .where({ id: recording })
        .whereIn('state', KEPT)
        .update({ lock_mode: mode, lock_until: until });
    }),
  );

/** Of those in the store: how many are due, since when, and how many are not as wanted. @throws IvrError STORAGE_FAILED */
export const countProtection = (
  knex: Knex,
): Promise<{ readonly due: number; readonly since: number | null; readonly wrong: number }> =>
  orStorageFailed(
    'counting what is to be protected',
    (async () => {
      const [due] = await knex('archive_protection as p')
        .join('archive_recording as r', 'r.id', 'p.recording')
        .whereNotNull('p.due_at')
        .whereIn('r.state', KEPT)
        .select<{ n: number | string; since: number | string | null }[]>(
          knex.raw('count(*) as n'),
          knex.raw('min(p.due_at) as since'),
        );
      const [wrong] = await knex('archive_protection')
        .whereNotNull('problem')
        .select<{ n: number | string }[]>(knex.raw('count(*) as n'));
      const since = due?.since ?? null;
      return { due: Number(due?.n ?? 0), since: since === null ? null : Number(since), wrong: Number(wrong?.n ?? 0) };
    })(),
  );

/** Whether the store held it when it was last asked. */
export const isHeldByStore = async (trx: Knex, recording: RecordingId): Promise<boolean> =>
  (await trx('archive_protection').where({ recording, legal_hold: 1 }).first('recording')) !== undefined;

/** A change of its protection came after `since` and has not been carried out yet. @throws IvrError STORAGE_FAILED */
export const isProtectionUnderWay = (knex: Knex, recording: RecordingId, since: number): Promise<boolean> =>
  orStorageFailed(
    'reading what is to be protected',
    knex('archive_protection')
      .where({ recording })
      .where('due_at', '>=', since)
      .whereNull('problem')
      .first('recording')
      .then((row: object | undefined) => row !== undefined),
  );

/** Where a look through the whole archive goes on, on this node. @throws IvrError STORAGE_FAILED */
export const readSweep = (knex: Knex, name: string, node: string): Promise<string | undefined> =>
  orStorageFailed(
    'reading how far the archive was looked through',
    knex('archive_sweep')
      .where({ name, node })
      .first<{ place: string } | undefined>('place')
      .then((row) => (row === undefined || row.place === '' ? undefined : row.place)),
  );

/** @param place - the last that was looked at; undefined: it came to its end, and begins anew @throws IvrError STORAGE_FAILED */
export const writeSweep = (
  knex: Knex,
  {
    name,
    node,
    place,
    now,
  }: { readonly name: string; readonly node: string; readonly place: string | undefined; readonly now: WallMs },
): Promise<void> =>
  orStorageFailed(
    'writing how far the archive was looked through',
    knex('archive_sweep')
      .insert({ name, node, place: place ?? '', ...(place === undefined ? { finished_at: now } : {}) })
      .onConflict(['name', 'node'])
      .merge()
      .then(() => undefined),
  );
