import type { Knex } from 'knex';
import type { DestructionPermit } from '../../domain/destruction-permit.ts';
import { IvrError } from '../../domain/error.ts';
import type { ContactId, RecordingId } from '../../domain/ids.ts';
import type { WallMs } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Storage } from '../../storage/storage.ts';
import type { IndexedRecording } from '../index/archive-index.ts';
import { fromRow, type RecordingRow, toRow } from '../index/recording-row.ts';
import type { Certifier } from '../signing/certifier.ts';
import { formatCertificate } from './destruction-certificate.ts';
import { permitDestruction } from './destruction-gate.ts';
import { readRow, writeDestroyed } from './destruction-rows.ts';
import type { Destroyer } from './reaper.ts';
import { noteFact, remainsOf } from './retention-fact.ts';
import { lockRecording, selectBases } from './retention-rows.ts';

export interface DestructionParts {
  readonly storage: Storage;
  readonly clock: Pick<Clock, 'wall'>;
  readonly destroyer: Destroyer;
  readonly certifier: Certifier;
  /** Takes whatever is personal of a call out of the journal, within the transaction. */
  readonly eraseCall: (trx: Knex, contact: ContactId, now: WallMs, permit: DestructionPermit) => Promise<void>;
  /** Name and version, for the certificate. */
  readonly software: string;
}

/**
 * Shreds the key, deletes what is stored, asks the store whether it is gone, certifies, takes the call out of the journal, and only then says so. Every step
 * may come again after a crash.
 *
 * @param now - by the trusted clock
 * @throws IvrError DESTRUCTION_REFUSED, BLOB_LOCKED, STORAGE_FAILED, and whatever the destroyer and the certifier throw
 */
export async function destroyRecording(
  { storage, destroyer, certifier, software, clock, eraseCall }: DestructionParts,
  id: RecordingId,
  now: WallMs,
): Promise<void> {
  const { knex, dialect, node } = storage;
  const permit = await permitDestruction(knex, id);
  const recording = fromRow((await knex('archive_recording').where({ id }).first()) as RecordingRow);
  await destroyer.shred(recording, permit);
  await destroyer.deleteVersions(recording, permit);
  if (!(await destroyer.isGone(recording)))
    throw new IvrError('BLOB_LOCKED', `the store still has recording ${id}`, { recording: id });
  const row = await readRow(knex, id);
  const certificate = formatCertificate({
    recording,
    bases: await selectBases(knex, id),
    approvedBy: row.approvedBy,
    purpose: row.purpose,
    proposedAt: row.proposedAt,
    destroyedAt: now,
    node,
    software,
  });
  const certified = await certifier.certify(certificate);
  await knex.transaction(async (trx) => {
    await lockRecording(trx, id); // nobody writes of what it holds meanwhile
    const stored = (await trx('archive_recording').where({ id }).first()) as RecordingRow;
    const remains: IndexedRecording = {
      ...remainsOf(fromRow(stored)),
      state: 'DESTROYED',
      stateSince: clock.wall(),
      stateReason: 'its retention ended',
    };
    const destroyed = { recording: id, destroyedAt: now, certificate, ...certified };
    // another node may have finished it meanwhile
    if (!(await writeDestroyed(trx, destroyed))) return;
    await removeContent(trx, dialect, id, stored);
    await trx('archive_protection').where({ recording: id }).delete();
    if (!(await hasOthers(trx, recording))) {
      await eraseCall(trx, recording.contact, now, permit);
      await trx('archive_leg').where({ contact: recording.contact }).update({ sip_call_id: '' });
    }
    await trx('archive_recording').where({ id }).update(toRow(remains));
    await noteFact(trx, { kind: 'destroyed', remains, ...destroyed }, now);
  });
}

/** Whether another recording of the same call is still kept, or on hold whatever became of it, and the call's journal with it. */
const hasOthers = async (trx: Knex, { id, contact }: IndexedRecording): Promise<boolean> =>
  (await trx('archive_recording')
    .where({ contact })
    .whereNot({ id })
    .where((kept) => void kept.whereNotIn('state', ['DESTROYED', 'EXEMPT', 'MISSING']).orWhere('holds', '>', 0))
    .first('id')) !== undefined;

/** What was said, and whatever it could be found by. */
async function removeContent(
  trx: Knex,
  dialect: Storage['dialect'],
  id: RecordingId,
  row: RecordingRow,
): Promise<void> {
  for (const table of ['archive_segment', 'archive_event', 'archive_span', 'archive_transcript'])
    await trx(table).where({ recording: id }).delete();
  if (dialect === 'sqlite') await trx.raw('delete from archive_words where rowid = ?', [row['ordinal'] ?? 0]);
  else await trx('archive_words').where({ recording: id }).delete();
}
