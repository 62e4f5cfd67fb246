import type { ArchiveState } from '../../domain/archive-state.ts';
import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import type { ExpectedRecording } from '../../domain/recording-intent.ts';
import type { WallMs } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import type { ArchiveIndex, IndexedRecording, RecordingContent } from './archive-index.ts';
import { deleteContent, insertContent, selectContent } from './content-rows.ts';
import { openIntentRows } from './intent-rows.ts';
import { noteProtectionDue } from './note-protection-due.ts';
import { openPartitions } from './partitions.ts';
import { fromRow, type RecordingRow, toRow } from './recording-row.ts';
import { countStates, insertRecordings, legRow, listRecordings, reindex, selectRecording } from './recording-rows.ts';
import { statesBefore } from './recording-state.ts';

const refused = (id: RecordingId, from: string, to: ArchiveState): IvrError =>
  new IvrError('ARCHIVE_STATE_REFUSED', `recording ${id} is ${from} and cannot become ${to}`, {
    recording: id,
    from,
    to,
  });

/** The index in a database whose schema has it (INDEX_MIGRATIONS). The caller closes the database. */
export function openArchiveIndex(storage: Storage, clock: Pick<Clock, 'wall'>): ArchiveIndex {
  const { knex } = storage;
  const writer = openRecordingWriter(storage, () => clock.wall());
  return {
    expect: (intent, exempt) => orStorageFailed('writing the intent to record', writer.expect({ intent, exempt })),
    begin: (ids) => orStorageFailed('writing that recordings began', writer.begin(ids)),
    advance: (id, to, facts) => orStorageFailed('writing the state of a recording', writer.advance(id, to, facts)),
    put: (recording, content) => orStorageFailed('writing a recording', writer.put(recording, content)),
    describe: (id, description, content) =>
      orStorageFailed('describing a recording', writer.describe(id, description, content)),
    setContent: (id, content) => orStorageFailed('writing what a recording holds', writer.describe(id, {}, content)),
    find: (id) =>
      orStorageFailed(
        'reading a recording',
        knex('archive_recording')
          .where({ id })
          .first()
          .then((row: RecordingRow | undefined) => (row === undefined ? undefined : fromRow(row))),
      ),
    content: (id) => orStorageFailed('reading what a recording holds', selectContent(knex, id)),
    list: (filter) => orStorageFailed('listing recordings', listRecordings(knex, filter)),
    counts: () => orStorageFailed('counting recordings', countStates(knex)),
  };
}

/** What takes a recording from state to state. */
function openRecordingWriter(
  storage: Storage,
  now: () => WallMs,
): Pick<ArchiveIndex, 'begin' | 'advance' | 'describe' | 'put'> & {
  expect(expected: ExpectedRecording): Promise<void>;
} {
  const { knex, dialect } = storage;
  const partitions = openPartitions(knex);
  const intents = openIntentRows(storage, { wall: now });

  async function expect(expected: ExpectedRecording): Promise<void> {
    await intents.prepare([expected]);
    await knex.transaction((trx) => intents.insert(trx, [expected]));
  }

  async function advance(...[id, to, facts = {}]: Parameters<ArchiveIndex['advance']>): Promise<void> {
    const since =
      dialect === 'sqlite'
        ? 'case when state = ? then state_since else ? end'
        : 'case when state = ?::text then state_since else ?::bigint end';
    await knex.transaction(async (trx) => {
      const changed = await trx('archive_recording')
        .where({ id })
        .whereIn('state', [...statesBefore(to), to])
        .update({ ...toRow(facts), state: to, state_since: trx.raw(since, [to, now()]) });
      if (changed === 0) throw refused(id, String((await selectRecording(trx, dialect, id))['state']), to);
      if (facts.durationMs !== undefined || to === 'MISSING' || to === 'EXEMPT') await reindex(trx, dialect, id);
      // what is proven may be locked for good
      if (to === 'VERIFIED') await noteProtectionDue(trx, [id], now());
    });
  }

  async function describe(...[id, description, content]: Parameters<ArchiveIndex['describe']>): Promise<void> {
    const known = toRow(description);
    await knex.transaction(async (trx) => {
      const { state } = await selectRecording(trx, dialect, id, true);
      if (Object.keys(known).length > 0) await trx('archive_recording').where({ id }).update(known);
      if (content !== undefined) {
        // what was said is gone with it, and stays gone
        if (state === 'DESTROYED') throw refused(id, 'DESTROYED', 'DESTROYED');
        await deleteContent(trx, id, content);
        await insertContent(trx, id, content);
      }
      await reindex(trx, dialect, id);
    });
  }

  async function put(recording: IndexedRecording, content: RecordingContent): Promise<void> {
    const { id } = recording;
    await partitions.ensure([id]);
    await knex.transaction(async (trx) => {
      const there: { state: string } | undefined = await trx('archive_recording').where({ id }).first('state');
      if (there?.state === 'DESTROYED') throw refused(id, 'DESTROYED', recording.state);
      if (there === undefined) await insertRecordings(trx, dialect, [recording]);
      else {
        // why it is kept is known here alone: a store does not take a hold away
        const { holds: _holds, restricted: _restricted, retainUntil: _term, ...stored } = recording;
        await trx('archive_recording').where({ id }).update(toRow(stored));
      }
      await trx('archive_leg')
        .insert({ ...legRow(recording), ended_at: recording.endedAt })
        .onConflict('leg')
        .ignore();
      await deleteContent(trx, id, content);
      await insertContent(trx, id, content);
      await reindex(trx, dialect, id);
      if (recording.state === 'VERIFIED') await noteProtectionDue(trx, [id], now());
    });
  }

  async function begin(ids: readonly RecordingId[]): Promise<void> {
    await knex('archive_recording')
      .whereIn('id', ids)
      .whereIn('state', ['EXPECTED', 'MISSING'])
      .update({ state: 'OPEN', state_since: now() });
  }

  return { expect, begin, advance, describe, put };
}
