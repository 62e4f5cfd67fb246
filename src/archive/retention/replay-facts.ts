import type { Knex } from 'knex';
import type { RecordingId } from '../../domain/ids.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import type { ArchiveIndex } from '../index/archive-index.ts';
import { writeDestroyed } from './destruction-rows.ts';
import type { DestructionState } from './reaper.ts';
import { type ApprovedDestruction, factOf, type RetentionFact, type RetentionRecord } from './retention-fact.ts';
import {
  insertBases,
  insertHold,
  insertPolicy,
  insertRestriction,
  selectPolicies,
  writeEvent,
} from './retention-rows.ts';

/** Where a record was found, and its leaf in the log. */
export interface StoredRecord extends RetentionRecord {
  readonly location: string;
  readonly leafIndex: number | null;
}

/** Retention in a database whose index is being made anew. */
export interface RetentionReplay {
  /** First: policies and events, by which the bases of each recording are written. */
  begin(records: readonly StoredRecord[]): Promise<void>;
  /** Once all recordings are in the index: holds, restrictions and destructions, in the order of the records. */
  finish(records: readonly StoredRecord[]): Promise<void>;
}

const BATCH = 500;

/** Idempotent: what is there already stays, and the records of the same change make it once. @throws IvrError STORAGE_FAILED */
export function openRetentionReplay(storage: Storage, index: Pick<ArchiveIndex, 'find' | 'put'>): RetentionReplay {
  const { knex, dialect } = storage;

  async function begin(records: readonly StoredRecord[]): Promise<void> {
    await keepRecords(knex, dialect, records);
    for (const fact of records.map(factOf))
      await knex.transaction(async (trx) => {
        if (fact.kind === 'policy-added') {
          const { id, version } = fact.policy;
          const there = (await selectPolicies(trx)).some((policy) => policy.id === id && policy.version === version);
          if (!there) await insertPolicy(trx, fact.policy);
        } else if (fact.kind === 'event-reported') await writeEvent(trx, fact);
      });
  }

  async function finish(records: readonly StoredRecord[]): Promise<void> {
    for (const fact of records.map(factOf)) {
      if (fact.kind === 'destruction-begun' || fact.kind === 'destroyed') await putRemains(fact);
      await knex.transaction((trx) => carryOut(trx, fact));
    }
    await recount(knex);
  }

  /** Its pack is gone, or cannot be opened any more: the fact alone knows of it. */
  async function putRemains({ remains }: { readonly remains: Parameters<ArchiveIndex['put']>[0] }): Promise<void> {
    const there = await index.find(remains.id);
    if (there === undefined || (remains.state === 'DESTROYED' && there.state !== 'DESTROYED'))
      await index.put(remains, { events: [], spans: [], segments: [] });
  }

  return {
    begin: (records) => orStorageFailed('making retention anew', begin(records)),
    finish: (records) => orStorageFailed('making retention anew', finish(records)),
  };
}

async function carryOut(trx: Knex, fact: RetentionFact): Promise<void> {
  switch (fact.kind) {
    case 'hold-placed':
      await insertHold(trx, fact.hold);
      for (let from = 0; from < fact.recordings.length; from += BATCH)
        await trx('legal_hold_item')
          .insert(fact.recordings.slice(from, from + BATCH).map((recording) => ({ recording, hold: fact.hold.id })))
          .onConflict(['recording', 'hold'])
          .ignore();
      return;
    case 'hold-released':
      await trx('legal_hold')
        .where({ id: fact.hold })
        .whereNull('released_at')
        .update({ released_at: fact.releasedAt, released_by: JSON.stringify(fact.releasedBy) });
      return;
    case 'restricted':
      return insertRestriction(trx, fact);
    case 'restriction-lifted':
      await trx('archive_restriction').where({ recording: fact.recording }).delete();
      return;
    case 'destruction-approved':
      return putDestruction(trx, fact, 'approved');
    case 'destruction-withdrawn':
      return putDestruction(trx, fact, 'withdrawn', { reason: fact.reason });
    case 'destruction-begun':
      await insertBases(trx, fact.bases);
      return putDestruction(trx, fact, 'shredding', { begunAt: fact.begunAt });
    case 'destroyed':
      await writeDestroyed(trx, fact);
      return;
    case 'policy-added':
    case 'event-reported':
      return; // they came first
  }
}

async function putDestruction(
  trx: Knex,
  { recording, proposedAt, notBefore, approvedBy, purpose }: ApprovedDestruction,
  state: DestructionState,
  { reason = null, begunAt = null }: { readonly reason?: string | null; readonly begunAt?: number | null } = {},
): Promise<void> {
  await trx('destruction')
    .insert({
      recording,
      state,
      reason,
      proposed_at: proposedAt,
      not_before: notBefore,
      approved_by: JSON.stringify(approvedBy),
      purpose,
      begun_at: begunAt,
    })
    .onConflict('recording')
    .merge()
    .where('destruction.state', '<>', 'destroyed');
}

/** What stands in the rows of the index of holds and restrictions follows from the rows of those. */
async function recount(knex: Knex): Promise<void> {
  const held =
    'select count(*) from legal_hold_item i join legal_hold h on h.id = i.hold where i.recording = archive_recording.id and h.released_at is null';
  const recordings = async (table: string): Promise<readonly RecordingId[]> =>
    (await knex(table).distinct('recording').pluck('recording')) as RecordingId[];
  for (const [table, column, change] of [
    ['legal_hold_item', 'holds', `holds = (${held})`],
    ['archive_restriction', 'restricted', 'restricted = 1'],
  ] as const) {
    // what is left of a row may be from before the release
    await knex.raw(
      `update archive_recording set ${column} = 0 where ${column} > 0 and id not in (select recording from ${table})`,
    );
    const ids = await recordings(table);
    for (let from = 0; from < ids.length; from += BATCH) {
      const some = ids.slice(from, from + BATCH);
      await knex.raw(`update archive_recording set ${change} where id in (${some.map(() => '?').join(',')})`, [
        ...some,
      ]);
    }
  }
}

/** Kept as they were: they need not be sealed again, and those that follow are numbered after them. */
async function keepRecords(knex: Knex, dialect: Storage['dialect'], records: readonly StoredRecord[]): Promise<void> {
  for (const { seq, id, text, location, leafIndex } of records) {
    const { kind, noted_at } = JSON.parse(text) as { readonly kind: string; readonly noted_at: number };
    await knex('retention_record')
      .insert({ seq, id, kind, at: noted_at, body: text, leaf_index: leafIndex, location })
      .onConflict()
      .ignore();
  }
  if (dialect === 'postgresql' && records.length > 0)
    await knex.raw("select setval('retention_record_seq_seq', (select max(seq) from retention_record))");
}
