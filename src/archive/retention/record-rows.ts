import type { Knex } from 'knex';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import type { RetentionRecord } from './retention-fact.ts';

/** The records that are not in the archive's store yet, oldest first. @throws IvrError STORAGE_FAILED */
export const selectWaiting = (knex: Knex, limit: number): Promise<readonly RetentionRecord[]> =>
  orStorageFailed(
    'reading records of retention',
    knex('retention_record')
      .whereNull('location')
      .orderBy('seq')
      .limit(limit)
      .select<{ seq: number; id: string; body: string }[]>('seq', 'id', 'body')
      .then((rows) => rows.map(({ seq, id, body }) => ({ seq, id, text: body }))),
  );

/** How many wait, and since when. @throws IvrError STORAGE_FAILED */
export const countWaiting = (knex: Knex): Promise<{ readonly records: number; readonly since: number | null }> =>
  orStorageFailed(
    'counting records of retention',
    knex('retention_record')
      .whereNull('location')
      .select<{ n: number | string; since: number | string | null }[]>(
        knex.raw('count(*) as n'),
        knex.raw('min(at) as since'),
      )
      .then(([row]) => ({
        records: Number(row?.n ?? 0),
        since: row?.since === null || row === undefined ? null : Number(row.since),
      })),
  );

/** @throws IvrError STORAGE_FAILED */
export const markStored = (
  knex: Knex,
  stored: readonly { readonly id: string; readonly leafIndex: number | null }[],
  location: string,
): Promise<void> =>
  orStorageFailed(
    'writing where records of retention lie',
    knex.transaction(async (trx) => {
      for (const { id, leafIndex } of stored)
        await trx('retention_record').where({ id }).update({ location, leaf_index: leafIndex });
    }),
  );
