import type { Knex } from 'knex';
import type { CallEvent, CallStamp } from '../domain/call-event.ts';
import type { ContactId } from '../domain/ids.ts';
import type { CallFilter, CallRow, JournalBatch, RecordingRow, UnfinishedContact } from './journal-store.ts';

/* The SQL of the journal and of what is projected from it. PostgreSQL gives bigint as text: every number is made one on reading. */

interface EventRow extends Omit<CallStamp, 'v'> {
  readonly v: number;
  readonly type: string;
  readonly data: string;
}

/** As drivers give it: PostgreSQL's bigint is text, SQLite has no booleans. */
type Stored<T> = {
  readonly [K in keyof T]: T[K] extends boolean ? number : number extends T[K] ? T[K] | string : T[K];
};

/** SQLite takes 32,766 variables in one statement. */
const ROWS_A_STATEMENT = 500;
const ROWS_AN_UPSERT = 100;

function toRow(event: CallEvent): EventRow {
  const { contact, seq, at, t_ms, v, type, ...data } = event;
  return { contact, seq, at, t_ms, v, type, data: JSON.stringify(data) };
}

const fromRow = (row: Stored<EventRow>): CallEvent =>
  ({
    v: Number(row.v),
    contact: row.contact,
    seq: Number(row.seq),
    at: Number(row.at),
    t_ms: Number(row.t_ms),
    type: row.type,
    ...(JSON.parse(row.data) as object),
  }) as CallEvent;

const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value));

interface StoredCall extends Stored<CallRow> {
  readonly node: string | null;
}

const toCall = (row: StoredCall): CallRow => ({
  contact: row.contact,
  direction: row.direction,
  caller: row.caller,
  callee: row.callee,
  because: row.because,
  recording: row.recording,
  dialplan: row.dialplan,
  offered_at: Number(row.offered_at),
  answered_at: numberOrNull(row.answered_at),
  ended_at: numberOrNull(row.ended_at),
  duration_ms: numberOrNull(row.duration_ms),
});

const toRecording = (row: Stored<RecordingRow>): RecordingRow => ({
  ...row,
  opened_at: Number(row.opened_at),
  duration_ms: numberOrNull(row.duration_ms),
  gaps: numberOrNull(row.gaps),
  policy_version: numberOrNull(row.policy_version),
  recovered: Boolean(row.recovered),
});

export const isOneStatement = ({ events, calls, recordings, intents = [] }: JournalBatch): boolean =>
  events.length <= ROWS_A_STATEMENT && calls.length === 0 && recordings.length === 0 && intents.length === 0;

export async function insertBatch(trx: Knex, batch: JournalBatch, node: string): Promise<void> {
  await insertEvents(trx, batch.events);
  await putRows(trx, batch, node);
}

/** By hand: knex writes SQLite's inserts as a compound SELECT, which may have 500 parts and is slow to build. */
async function insertEvents(trx: Knex, events: readonly CallEvent[]): Promise<void> {
  for (let from = 0; from < events.length; from += ROWS_A_STATEMENT) {
    const rows = events.slice(from, from + ROWS_A_STATEMENT).map(toRow);
    await trx.raw(
      `insert into call_event (contact, seq, at, t_ms, v, type, data) values ${rows.map(() => '(?,?,?,?,?,?,?)').join(',')}`,
      rows.flatMap(({ contact, seq, at, t_ms, v, type, data }) => [contact, seq, at, t_ms, v, type, data]),
    );
  }
}

/** PostgreSQL has no NUL in a text, and whoever calls may send one as his name. */
const withoutNul = (text: string): string => text.replaceAll('\0', '');

async function putRows(trx: Knex, { calls, recordings }: JournalBatch, node: string): Promise<void> {
  const written = calls.map((row) => ({
    ...row,
    caller: withoutNul(row.caller),
    callee: withoutNul(row.callee),
    node,
  }));
  for (let from = 0; from < written.length; from += ROWS_AN_UPSERT)
    await trx('call')
      .insert(written.slice(from, from + ROWS_AN_UPSERT))
      .onConflict('contact')
      .merge();
  const rows = recordings.map((row) => ({ ...row, recovered: row.recovered ? 1 : 0 }));
  for (let from = 0; from < rows.length; from += ROWS_AN_UPSERT)
    await trx('recording')
      .insert(rows.slice(from, from + ROWS_AN_UPSERT))
      .onConflict('id')
      .merge();
}

/** For a batch of which something is there already. @returns the events that another stands in the place of */
export async function insertWhatIsNew(trx: Knex, batch: JournalBatch, node: string): Promise<CallEvent[]> {
  const refused: CallEvent[] = [];
  for (const event of batch.events) {
    const row = toRow(event);
    const there = await trx<Stored<EventRow>>('call_event').where({ contact: event.contact, seq: event.seq }).first();
    if (there === undefined) await trx('call_event').insert(row);
    else if (there.type !== row.type || there.data !== row.data || Number(there.at) !== row.at) refused.push(event);
  }
  await putRows(trx, batch, node);
  return refused;
}

export async function selectCalls(knex: Knex, filter: CallFilter): Promise<readonly CallRow[]> {
  const query = knex<StoredCall>('call').orderBy('contact', 'desc').limit(filter.limit);
  if (filter.live === true) void query.whereNull('ended_at');
  if (filter.live === false) void query.whereNotNull('ended_at');
  if (filter.since !== undefined) void query.where('offered_at', '>=', filter.since);
  if (filter.until !== undefined) void query.where('offered_at', '<', filter.until);
  if (filter.because !== undefined) void query.where('because', filter.because);
  if (filter.before !== undefined) void query.where('contact', '<', filter.before);
  return (await query).map(toCall);
}

export async function selectCall(knex: Knex, contact: string): Promise<CallRow | undefined> {
  const row = (await knex('call').where({ contact }).first()) as StoredCall | undefined;
  return row === undefined ? undefined : toCall(row);
}

export async function selectEvents(knex: Knex, contact: string): Promise<readonly CallEvent[]> {
  return ((await knex('call_event').where({ contact }).orderBy('seq')) as Stored<EventRow>[]).map(fromRow);
}

export async function selectRecordings(knex: Knex, contact: string): Promise<readonly RecordingRow[]> {
  return ((await knex('recording').where({ contact }).orderBy('id')) as Stored<RecordingRow>[]).map(toRecording);
}

/** Live calls of other nodes that were heard of since. Newest first. */
export async function selectElsewhere(knex: Knex, node: string, seenSince: number): Promise<readonly CallRow[]> {
  const rows = (await knex('call')
    .whereNull('ended_at')
    .whereIn('node', knex('node').select('name').whereNot('name', node).where('seen_at', '>=', seenSince))
    .orderBy('contact', 'desc')) as StoredCall[];
  return rows.map(toCall);
}

/** @param goneSince - nodes that were not heard of since then will not end their calls themselves */
export async function selectUnfinished(
  knex: Knex,
  node: string,
  goneSince: number,
): Promise<readonly UnfinishedContact[]> {
  const contacts = new Set<string>();
  const live = knex('call')
    .whereNull('ended_at')
    .where(
      (own) =>
        void own
          .where('node', node)
          .orWhereNull('node') // of a release that had one node
          .orWhereIn('node', knex('node').select('name').where('seen_at', '<', goneSince)),
    )
    .pluck('contact');
  for (const contact of (await live) as string[]) contacts.add(contact);
  const unverified = knex('recording')
    .join('call', 'call.contact', 'recording.contact')
    .whereNot('recording.state', 'VERIFIED')
    .where((own) => void own.where('call.node', node).orWhereNull('call.node'))
    .pluck('recording.contact');
  for (const contact of (await unverified) as string[]) contacts.add(contact);
  const unfinished: UnfinishedContact[] = [];
  for (const contact of contacts) {
    const span: Partial<Record<'lastSeq' | 'lastAt' | 'firstAt', unknown>> | undefined = await knex('call_event')
      .where({ contact })
      .max({ lastSeq: 'seq', lastAt: 'at' })
      .min({ firstAt: 'at' })
      .first();
    unfinished.push({
      contact: contact as ContactId,
      call: await selectCall(knex, contact),
      recordings: await selectRecordings(knex, contact),
      lastSeq: Number(span?.lastSeq ?? 0),
      firstAt: Number(span?.firstAt ?? 0),
      lastAt: Number(span?.lastAt ?? 0),
    });
  }
  return unfinished;
}
