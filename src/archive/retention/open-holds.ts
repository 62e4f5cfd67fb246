import type { Knex } from 'knex';
import { IvrError } from '../../domain/error.ts';
import { type RecordingId, uuidV7 } from '../../domain/ids.ts';
import type { WallMs } from '../../domain/units.ts';
import { isSqlite } from '../../storage/migrations.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import { noteProtectionDue } from '../index/note-protection-due.ts';
import type { LegalHold, Restriction, Retention } from './retention.ts';
import { noteFact } from './retention-fact.ts';
import { insertHold, insertRestriction, lockRecording, selectHolds } from './retention-rows.ts';

type Holds = Pick<Retention, 'placeHold' | 'releaseHold' | 'holds' | 'restrict' | 'liftRestriction'>;

const BATCH = 500;

/** Legal holds by case, and restriction (PIPL art. 47, GDPR art. 18). */
export function openHolds(knex: Knex, now: () => WallMs): Holds {
  async function placeHold(
    hold: Pick<LegalHold, 'caseNumber' | 'reason' | 'placedBy'>,
    recordings: readonly RecordingId[],
  ): Promise<string> {
    const ids = [...new Set(recordings)].toSorted();
    if (ids.length === 0 || hold.caseNumber.trim() === '' || hold.placedBy.trim() === '')
      throw new IvrError('RETENTION_INVALID', 'a hold needs a case number, the person who places it, and recordings');
    return knex.transaction(async (trx) => {
      const same = await sameHold(trx, hold.caseNumber, ids);
      if (same !== undefined) return same;
      const placedAt = now();
      const placed = { ...hold, id: uuidV7(placedAt), placedAt };
      await insertHold(trx, placed);
      for (let from = 0; from < ids.length; from += BATCH) {
        const some = ids.slice(from, from + BATCH);
        await holdThese(trx, placed.id, some);
        await noteProtectionDue(trx, some, placedAt);
        await noteFact(trx, { kind: 'hold-placed', hold: placed, recordings: some }, placedAt);
      }
      return placed.id;
    });
  }

  async function releaseHold(id: string, approvedBy: readonly string[]): Promise<void> {
    if (new Set(approvedBy.filter((who) => who.trim() !== '')).size < 2)
      throw new IvrError('RETENTION_INVALID', 'releasing a hold needs the approval of two different people');
    await knex.transaction(async (trx) => {
      const releasedAt = now();
      const released = await trx('legal_hold')
        .where({ id })
        .whereNull('released_at')
        .update({ released_at: releasedAt, released_by: JSON.stringify(approvedBy) });
      if (released === 0) throw new IvrError('NOT_FOUND', 'there is no hold in force with this id', { hold: id });
      const items = (await trx('legal_hold_item')
        .where({ hold: id })
        .orderBy('recording')
        .pluck('recording')) as RecordingId[];
      for (let from = 0; from < items.length; from += BATCH) {
        const some = items.slice(from, from + BATCH);
        await trx('archive_recording').whereIn('id', some).decrement('holds', 1);
        await noteProtectionDue(trx, some, releasedAt);
      }
      await noteFact(trx, { kind: 'hold-released', hold: id, releasedBy: approvedBy, releasedAt }, releasedAt);
    });
  }

  async function restrict({ recording, reason, restrictedBy }: Omit<Restriction, 'restrictedAt'>): Promise<void> {
    await knex.transaction(async (trx) => {
      await lockRecording(trx, recording);
      if ((await trx('archive_restriction').where({ recording }).first('recording')) !== undefined) return;
      const restricted = { recording, reason, restrictedBy, restrictedAt: now() };
      await insertRestriction(trx, restricted);
      await trx('archive_recording').where({ id: recording }).update({ restricted: 1 });
      await noteFact(trx, { kind: 'restricted', ...restricted }, restricted.restrictedAt);
    });
  }

  async function liftRestriction(recording: RecordingId, liftedBy: string): Promise<void> {
    await knex.transaction(async (trx) => {
      await lockRecording(trx, recording);
      if ((await trx('archive_restriction').where({ recording }).delete()) === 0) return;
      await trx('archive_recording').where({ id: recording }).update({ restricted: 0 });
      await noteFact(trx, { kind: 'restriction-lifted', recording, liftedBy }, now());
    });
  }

  return {
    placeHold: (hold, recordings) => orStorageFailed('placing a hold', placeHold(hold, recordings)),
    releaseHold: (id, approvedBy) => orStorageFailed('releasing a hold', releaseHold(id, approvedBy)),
    holds: (filter) => orStorageFailed('reading holds', selectHolds(knex, filter)),
    restrict: (restriction) => orStorageFailed('restricting a recording', restrict(restriction)),
    liftRestriction: (recording, by) => orStorageFailed('lifting a restriction', liftRestriction(recording, by)),
  };
}

/** The rows are locked in the order of their ids, as everywhere; whatever is being destroyed can be held no more. */
async function holdThese(trx: Knex, hold: string, ids: readonly RecordingId[]): Promise<void> {
  const query = trx('archive_recording')
    .whereIn('id', [...ids])
    .orderBy('id');
  if (!isSqlite(trx)) void query.forUpdate();
  const rows = await query.select<{ id: RecordingId; state: string }[]>('id', 'state');
  const there = new Map(rows.map((row) => [row.id, row.state]));
  const unknown = ids.find((id) => !there.has(id));
  if (unknown !== undefined)
    throw new IvrError('RECORDING_NOT_FOUND', `the archive's index has no recording ${unknown}`, {
      recording: unknown,
    });
  const begun = (await trx('destruction')
    .whereIn('recording', [...ids])
    .whereIn('state', ['shredding', 'destroyed'])
    .pluck('recording')) as RecordingId[];
  const gone = begun[0] ?? ids.find((id) => there.get(id) === 'DESTROYED');
  if (gone !== undefined)
    throw new IvrError('DESTRUCTION_REFUSED', `recording ${gone} cannot be held: its destruction has begun`, {
      recording: gone,
    });
  await trx('legal_hold_item').insert(ids.map((recording) => ({ recording, hold })));
  await trx('archive_recording')
    .whereIn('id', [...ids])
    .increment('holds', 1);
}

async function sameHold(trx: Knex, caseNumber: string, ids: readonly RecordingId[]): Promise<string | undefined> {
  for (const { id } of await selectHolds(trx, { caseNumber, inForce: true })) {
    const items = (await trx('legal_hold_item')
      .where({ hold: id })
      .orderBy('recording')
      .pluck('recording')) as string[];
    if (items.length === ids.length && items.every((item, n) => item === ids[n])) return id;
  }
  return undefined;
}
