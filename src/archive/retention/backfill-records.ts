import type { Knex } from 'knex';
import { type WallMs, wallMs } from '../../domain/units.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { fromRow, type RecordingRow } from '../index/recording-row.ts';
import { type DueRow, toDestruction } from './destruction-rows.ts';
import type { DestructionRow } from './reaper.ts';
import { noteFact, remainsOf, type RetentionFact } from './retention-fact.ts';
import { selectBases, selectHolds, selectPolicies } from './retention-rows.ts';

const BATCH = 500;

/**
 * Of a database that an earlier release has written, whose changes have no records: what its tables say now, as records. Once.
 *
 * @throws IvrError STORAGE_FAILED
 */
export const backfillRecords = ({ knex, dialect }: Storage, now: WallMs): Promise<void> =>
  orStorageFailed(
    'writing records of retention',
    knex.transaction(async (trx) => {
      if (dialect === 'postgresql') await trx.raw('lock table retention_record in exclusive mode');
      if ((await trx('retention_record').first('seq')) !== undefined) return;
      for await (const fact of factsIn(trx)) await noteFact(trx, fact, now);
    }),
  );

async function* factsIn(trx: Knex): AsyncGenerator<RetentionFact, void, void> {
  for (const policy of await selectPolicies(trx)) yield { kind: 'policy-added', policy };
  const events: { name: string; subject: string; at: WallMs; reported_by: string; reported_at: WallMs }[] =
    await trx('retention_event');
  for (const { name, subject, at, reported_by, reported_at } of events)
    yield {
      kind: 'event-reported',
      name,
      subject,
      at: wallMs(at),
      reportedBy: reported_by,
      reportedAt: wallMs(reported_at),
    };
  for (const { releasedBy, releasedAt, ...hold } of (await selectHolds(trx, {})).toReversed()) {
    const ids = (await trx('legal_hold_item')
      .where({ hold: hold.id })
      .orderBy('recording')
      .pluck('recording')) as RecordingId[];
    for (let from = 0; from < ids.length; from += BATCH)
      yield { kind: 'hold-placed', hold, recordings: ids.slice(from, from + BATCH) };
    if (releasedAt !== null) yield { kind: 'hold-released', hold: hold.id, releasedBy, releasedAt };
  }
  const restrictions: { recording: RecordingId; reason: string; restricted_by: string; restricted_at: number }[] =
    await trx('archive_restriction');
  for (const { recording, reason, restricted_by, restricted_at } of restrictions)
    yield { kind: 'restricted', recording, reason, restrictedBy: restricted_by, restrictedAt: wallMs(restricted_at) };
  for (const row of (await trx('destruction').whereNot({ state: 'proposed' })) as (DueRow & {
    begun_at: number | null;
  })[])
    yield* destructionFacts(trx, toDestruction(row), wallMs(row.begun_at ?? row.proposed_at));
}

async function* destructionFacts(
  trx: Knex,
  { recording, state, reason, proposedAt, notBefore, approvedBy, purpose, ...row }: DestructionRow,
  begunAt: WallMs,
): AsyncGenerator<RetentionFact, void, void> {
  const order = { recording, proposedAt, notBefore, approvedBy, purpose };
  if (state === 'approved') yield { kind: 'destruction-approved', ...order };
  if (state === 'withdrawn') yield { kind: 'destruction-withdrawn', reason: reason ?? '', ...order };
  const stored = (await trx('archive_recording').where({ id: recording }).first()) as RecordingRow | undefined;
  if (stored === undefined || (state !== 'shredding' && state !== 'destroyed')) return;
  const remains = remainsOf(fromRow(stored));
  yield { kind: 'destruction-begun', begunAt, bases: await selectBases(trx, recording), remains, ...order };
  const { destroyedAt, certificate, signatures, leafIndex } = row;
  if (destroyedAt !== null && certificate !== null)
    yield { kind: 'destroyed', recording, destroyedAt, remains, certificate, signatures, leafIndex };
}
