import type { Knex } from 'knex';
import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { type WallMs, wallMs } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Storage } from '../../storage/storage.ts';
import { isDuplicateKey, orStorageFailed } from '../../storage/storage-failure.ts';
import type {
  ArchiveIndex,
  CallDescription,
  IndexedRecording,
  RecordingContent,
  RecordingFilter,
  RecordingIntent,
} from './archive-index.ts';
import { deleteContent, insertContent, selectContent } from './content-rows.ts';
import { firstIdAt, openPartitions } from './partitions.ts';
import { fromRow, ordinalOf, type RecordingRow, toRow } from './recording-row.ts';
import { ARCHIVE_STATES, type ArchiveState, statesBefore } from './recording-state.ts';
import { writeWords } from './word-rows.ts';

/** What is not known before the call. */
const UNKNOWN: Omit<IndexedRecording, keyof RecordingIntent | 'state' | 'stateSince'> = {
  stateReason: null,
  endedAt: null,
  durationMs: null,
  codec: null,
  recovered: false,
  lostMs: 0,
  gaps: 0,
  location: null,
  versionId: null,
  bytes: null,
  sha256: null,
  manifestSha256: null,
  keyEpoch: null,
  wrappedKey: null,
  lockMode: null,
  lockUntil: null,
  leafIndex: null,
  problems: [],
  accountHashes: [],
  agents: [],
  queues: [],
  intents: [],
  language: null,
  outcome: null,
  dialplan: null,
  dialplanVersion: null,
  level: 'C2',
  holds: 0,
  restricted: false,
  retainUntil: null,
};

const refused = (id: RecordingId, from: string, to: ArchiveState): IvrError =>
  new IvrError('ARCHIVE_STATE_REFUSED', `recording ${id} is ${from} and cannot become ${to}`, {
    recording: id,
    from,
    to,
  });

/** The index in a database whose schema has it (INDEX_MIGRATIONS). The database stays its owner's to close. */
export function openArchiveIndex({ knex, dialect }: Storage, clock: Pick<Clock, 'wall'>): ArchiveIndex {
  const partitions = openPartitions(knex);
  const now = (): WallMs => wallMs(clock.wall());

  /** One recording's row, with SQLite's ordinal; the next free one when two ids of a millisecond share it. */
  async function insertRecording(trx: Knex, recording: IndexedRecording): Promise<void> {
    const row = toRow(recording);
    if (dialect === 'postgresql') {
      await trx('archive_recording').insert(row);
      return;
    }
    for (let ordinal = ordinalOf(recording.id); ; ordinal++) {
      const taken = await trx('archive_recording').where({ ordinal }).first('ordinal');
      if (taken === undefined) return void (await trx('archive_recording').insert({ ...row, ordinal }));
    }
  }

  /** @throws IvrError RECORDING_NOT_FOUND */
  async function read(trx: Knex, id: RecordingId, lock = false): Promise<RecordingRow> {
    const query = trx('archive_recording').where({ id }).first();
    if (lock && dialect === 'postgresql') void query.forUpdate();
    const row = (await query) as RecordingRow | undefined;
    if (row === undefined)
      throw new IvrError('RECORDING_NOT_FOUND', `the archive's index has no recording ${id}`, { recording: id });
    return row;
  }

  async function expect(intent: RecordingIntent, exempt?: string): Promise<void> {
    await partitions.ensure([intent.id]);
    const { leg, contact, id, node, direction, sipCallId, startedAt } = intent;
    try {
      await knex.transaction(async (trx) => {
        await trx('archive_leg').insert({
          leg,
          contact,
          recording: id,
          node,
          direction,
          sip_call_id: sipCallId.replaceAll('\0', ''),
          offered_at: startedAt,
        });
        const state = exempt === undefined ? 'EXPECTED' : 'EXEMPT';
        await insertRecording(trx, { ...UNKNOWN, ...intent, state, stateReason: exempt ?? null, stateSince: now() });
        await writeWords(trx, dialect, await read(trx, id), []);
      });
    } catch (thrown) {
      if (!isDuplicateKey(thrown) || (await knex('archive_recording').where({ id }).first('id')) === undefined)
        throw thrown;
    }
  }

  async function advance(...[id, to, facts = {}]: Parameters<ArchiveIndex['advance']>): Promise<void> {
    const since =
      dialect === 'sqlite'
        ? 'case when state = ? then state_since else ? end'
        : 'case when state = ?::text then state_since else ?::bigint end';
    const changed = await knex('archive_recording')
      .where({ id })
      .whereIn('state', [...statesBefore(to), to])
      .update({ ...toRow(facts), state: to, state_since: knex.raw(since, [to, now()]) });
    if (changed > 0) {
      if (facts.durationMs !== undefined) await knex.transaction((trx) => reindex(trx, id));
      return;
    }
    throw refused(id, String((await read(knex, id))['state']), to);
  }

  async function reindex(trx: Knex, id: RecordingId): Promise<void> {
    const row = await read(trx, id, true);
    const texts = (await trx('archive_segment').where({ recording: id }).pluck('text')) as string[];
    await writeWords(trx, dialect, row, texts);
  }

  async function describe(id: RecordingId, description: Partial<CallDescription>): Promise<void> {
    await knex.transaction(async (trx) => {
      const row = toRow(description);
      await read(trx, id, true);
      if (Object.keys(row).length > 0) await trx('archive_recording').where({ id }).update(row);
      await reindex(trx, id);
    });
  }

  async function setContent(id: RecordingId, content: Partial<RecordingContent>): Promise<void> {
    await knex.transaction(async (trx) => {
      await read(trx, id, true);
      await deleteContent(trx, id, content);
      await insertContent(trx, id, content);
      await reindex(trx, id);
    });
  }

  async function put(recording: IndexedRecording, content: RecordingContent): Promise<void> {
    await partitions.ensure([recording.id]);
    await knex.transaction(async (trx) => {
      const there: { state: string } | undefined = await trx('archive_recording')
        .where({ id: recording.id })
        .first('state');
      if (there?.state === 'DESTROYED') throw refused(recording.id, 'DESTROYED', recording.state);
      if (there === undefined) await insertRecording(trx, recording);
      else {
        // why it is kept is known here alone: a store does not take a hold away
        const { holds: _holds, restricted: _restricted, retainUntil: _term, ...stored } = recording;
        await trx('archive_recording').where({ id: recording.id }).update(toRow(stored));
      }
      const { id, leg, contact, node, direction, sipCallId, startedAt, endedAt } = recording;
      await trx('archive_leg')
        .insert({
          leg,
          contact,
          recording: id,
          node,
          direction,
          sip_call_id: sipCallId,
          offered_at: startedAt,
          ended_at: endedAt,
        })
        .onConflict('leg')
        .ignore();
      await deleteContent(trx, id, content);
      await insertContent(trx, id, content);
      await reindex(trx, id);
    });
  }

  async function list({
    states,
    stateBefore,
    startedFrom,
    startedBefore,
    contact,
    before,
    limit,
  }: RecordingFilter): Promise<readonly IndexedRecording[]> {
    const query = knex('archive_recording').limit(limit);
    if (states !== undefined) void query.whereIn('state', states);
    if (stateBefore !== undefined) void query.where('state_since', '<', stateBefore);
    if (contact !== undefined) void query.where({ contact });
    if (startedFrom !== undefined) void query.where('id', '>=', firstIdAt(startedFrom));
    if (startedBefore !== undefined) void query.where('id', '<', firstIdAt(startedBefore));
    if (before !== undefined) void query.where('id', '<', before);
    return ((await query.orderBy('id', 'desc')) as RecordingRow[]).map(fromRow);
  }

  async function counts(): Promise<Readonly<Record<ArchiveState, number>>> {
    const rows: { state: ArchiveState; n: number }[] = await knex('archive_recording')
      .groupBy('state')
      .select<{ state: ArchiveState; n: number }[]>('state', knex.raw('count(*) as n'));
    const none = Object.fromEntries(ARCHIVE_STATES.map((state) => [state, 0])) as Record<ArchiveState, number>;
    return { ...none, ...Object.fromEntries(rows.map(({ state, n }) => [state, n])) };
  }

  return {
    expect: (intent, exempt) => orStorageFailed('writing the intent to record', expect(intent, exempt)),
    advance: (id, to, facts) => orStorageFailed('writing the state of a recording', advance(id, to, facts)),
    describe: (id, description) => orStorageFailed('describing a recording', describe(id, description)),
    setContent: (id, content) => orStorageFailed('writing what a recording holds', setContent(id, content)),
    put: (recording, content) => orStorageFailed('writing a recording', put(recording, content)),
    find: (id) =>
      orStorageFailed(
        'reading a recording',
        knex('archive_recording')
          .where({ id })
          .first()
          .then((row: RecordingRow | undefined) => (row === undefined ? undefined : fromRow(row))),
      ),
    content: (id) => orStorageFailed('reading what a recording holds', selectContent(knex, id)),
    list: (filter) => orStorageFailed('listing recordings', list(filter)),
    counts: () => orStorageFailed('counting recordings', counts()),
  };
}
