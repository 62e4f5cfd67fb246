import type { Knex } from 'knex';
import { ARCHIVE_STATES, type ArchiveState } from '../../domain/archive-state.ts';
import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import type { RecordingIntent } from '../../domain/recording-intent.ts';
import type { Storage } from '../../storage/storage.ts';
import type { IndexedRecording, RecordingFilter } from './archive-index.ts';
import { firstIdAt } from './partitions.ts';
import { fromRow, ordinalOf, type RecordingRow, toRow } from './recording-row.ts';
import { writeWords } from './word-rows.ts';

/* The rows of recordings, of their legs, and the words that they are found by. */

type Dialect = Storage['dialect'];

/** Rows of recordings, with SQLite's ordinals; the next free one where two ids of a millisecond share it. */
export async function insertRecordings(
  trx: Knex,
  dialect: Dialect,
  recordings: readonly IndexedRecording[],
): Promise<void> {
  if (dialect === 'postgresql') {
    await trx('archive_recording').insert(recordings.map(toRow));
    return;
  }
  const wanted = recordings.map(({ id }) => ordinalOf(id));
  const taken = new Set((await trx('archive_recording').whereIn('ordinal', wanted).pluck('ordinal')) as number[]);
  const rows: object[] = [];
  for (const [n, recording] of recordings.entries()) {
    let ordinal = wanted[n] as number;
    while (taken.has(ordinal)) {
      ordinal++;
      if (!taken.has(ordinal) && (await trx('archive_recording').where({ ordinal }).first('ordinal')) !== undefined)
        taken.add(ordinal);
    }
    taken.add(ordinal);
    rows.push({ ...toRow(recording), ordinal });
  }
  await trx('archive_recording').insert(rows);
}

/** @param locked - until the transaction ends @throws IvrError RECORDING_NOT_FOUND */
export async function selectRecording(
  trx: Knex,
  dialect: Dialect,
  id: RecordingId,
  locked = false,
): Promise<RecordingRow> {
  const query = trx('archive_recording').where({ id }).first();
  if (locked && dialect === 'postgresql') void query.forUpdate();
  const row = (await query) as RecordingRow | undefined;
  if (row === undefined)
    throw new IvrError('RECORDING_NOT_FOUND', `the archive's index has no recording ${id}`, { recording: id });
  return row;
}

export const legRow = ({ leg, contact, id, node, direction, sipCallId, startedAt }: RecordingIntent) => ({
  leg,
  contact,
  recording: id,
  node,
  direction,
  sip_call_id: sipCallId.replaceAll('\0', ''),
  offered_at: startedAt,
});

/** Writes anew what the recording is found by, from its row and its transcript. */
export async function reindex(trx: Knex, dialect: Dialect, id: RecordingId): Promise<void> {
  const row = await selectRecording(trx, dialect, id, true);
  const texts = (await trx('archive_segment').where({ recording: id }).pluck('text')) as string[];
  await writeWords(trx, dialect, row, texts);
}

/** Newest first. */
export async function listRecordings(knex: Knex, filter: RecordingFilter): Promise<readonly IndexedRecording[]> {
  const { states, stateBefore, startedFrom, startedBefore, contact, before, limit } = filter;
  const query = knex('archive_recording').limit(limit);
  if (states !== undefined) void query.whereIn('state', states);
  if (stateBefore !== undefined) void query.where('state_since', '<', stateBefore);
  if (contact !== undefined) void query.where({ contact });
  if (startedFrom !== undefined) void query.where('id', '>=', firstIdAt(startedFrom));
  if (startedBefore !== undefined) void query.where('id', '<', firstIdAt(startedBefore));
  if (before !== undefined) void query.where('id', '<', before);
  return ((await query.orderBy('id', 'desc')) as RecordingRow[]).map(fromRow);
}

export async function countStates(knex: Knex): Promise<Readonly<Record<ArchiveState, number>>> {
  const rows: { state: ArchiveState; n: number }[] = await knex('archive_recording')
    .groupBy('state')
    .select<{ state: ArchiveState; n: number }[]>('state', knex.raw('count(*) as n'));
  const none = Object.fromEntries(ARCHIVE_STATES.map((state) => [state, 0])) as Record<ArchiveState, number>;
  return { ...none, ...Object.fromEntries(rows.map(({ state, n }) => [state, n])) };
}
