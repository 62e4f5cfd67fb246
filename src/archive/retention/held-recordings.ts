import type { Knex } from 'knex';
import type { RecordingId } from '../../domain/ids.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';

/** What a hold keeps, or kept until it was released. @throws IvrError STORAGE_FAILED */
export const selectHeld = (knex: Knex, hold: string): Promise<readonly RecordingId[]> =>
  orStorageFailed(
    'reading what a hold keeps',
    knex('legal_hold_item')
      .where({ hold })
      .orderBy('recording')
      .pluck('recording')
      .then((ids: RecordingId[]) => ids),
  );

/** How many recordings each of these holds keeps. @throws IvrError STORAGE_FAILED */
export const countHeld = (knex: Knex, holds: readonly string[]): Promise<ReadonlyMap<string, number>> =>
  orStorageFailed(
    'counting what holds keep',
    knex('legal_hold_item')
      .whereIn('hold', [...holds])
      .groupBy('hold')
      .select<{ hold: string; n: number | string }[]>('hold', knex.raw('count(*) as n'))
      .then((rows) => new Map(rows.map(({ hold, n }) => [hold, Number(n)]))),
  );

/** A query for the calls that have a recording under a legal hold: whatever else tells of them stays as well. */
export const selectHeldContacts = (knex: Knex): Knex.QueryBuilder =>
  knex('archive_recording').where('holds', '>', 0).select('contact');
