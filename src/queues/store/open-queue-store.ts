import type { Knex } from 'knex';
import { listenTo } from '../../storage/listen.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import { EMPTY_FLOOR, type Floor } from '../floor.ts';
import { formatFloor, parseFloor } from '../floor-json.ts';
import type { QueueRow } from '../queue-fact.ts';
import type { ChainedRow, Decide, QueueStore } from '../queue-store.ts';
import { chained } from './chain.ts';

const CHANNEL = 'tellerline_queues';
const PAGE = 2_000;
/** SQLite takes so many values in one statement; each row has five. */
const ROWS_A_STATEMENT = 150;

export interface OpenQueueStore extends QueueStore, AsyncDisposable {}

/** The queues' tables in a database whose schema has them (QUEUE_MIGRATIONS). The database stays its owner's to close. */
export async function openQueueStore(storage: Storage): Promise<OpenQueueStore> {
  const { knex, dialect, node, priority } = storage;
  const shared = dialect === 'postgresql';
  const listeners = new Set<() => void>();
  const listening = await listenTo(storage, CHANNEL, (by) => {
    if (by !== node) for (const listener of listeners) listener();
  });
  const saying = <T>(what: string, work: PromiseLike<T>): Promise<T> => orStorageFailed(what, Promise.resolve(work));

  async function append(seen: number, decide: Decide, urgent: boolean): Promise<boolean> {
    return knex.transaction(async (trx) => {
      const head = await lockHead(trx, shared, urgent);
      if (head === undefined) return false;
      const others = head.seq === seen ? [] : await rowsAfter(trx, seen);
      const rows = decide(others);
      if (rows.length === 0) return true;
      let { hash } = head;
      const inserted = rows.map((row) => {
        hash = chained(hash, row);
        return { seq: row.seq, at: row.at, type: row.type, row: JSON.stringify(row), hash };
      });
      for (let n = 0; n < inserted.length; n += ROWS_A_STATEMENT)
        await trx('queue_journal').insert(inserted.slice(n, n + ROWS_A_STATEMENT));
      await trx('queue_head')
        .where({ id: 1 })
        .update({ seq: rows.at(-1)?.seq, hash });
      if (shared) await trx.raw('select pg_notify(?, ?)', [CHANNEL, node]);
      return true;
    });
  }

  return {
    load: () => saying('reading the queues', load(knex)),
    append: (seen, decide, urgent = true) =>
      saying(
        'writing the queues',
        priority.first(() => append(seen, decide, urgent)),
      ),
    keepSnapshot: (floor) => saying('keeping the state of the queues', keepSnapshot(knex, floor)),
    read: (from) => read(knex, from),
    onWritten(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    lease: (incarnation, forMs) => saying('leasing the queues', lease(knex, shared, node, incarnation, forMs)),
    silent: () => saying('looking for silent nodes', silent(knex, shared, node)),
    async keepNumber(entry, number) {
      await saying('keeping a callback', knex('queue_callback').insert({ entry, number }).onConflict('entry').merge());
    },
    async numberOf(entry) {
      const numbers: string[] = await saying(
        'reading a callback',
        knex('queue_callback').where({ entry }).pluck('number'),
      );
      return numbers[0];
    },
    async forgetNumber(entry) {
      await saying('forgetting a callback', knex('queue_callback').where({ entry }).delete());
    },
    numbersKept: () => saying('reading callbacks', knex('queue_callback').pluck('entry')),
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** One row that every writer locks. In SQLite the transaction has the whole database. */
async function lockHead(trx: Knex, shared: boolean, urgent: boolean): Promise<Head | undefined> {
  const query = trx<Head>('queue_head').where('id', 1).first('seq', 'hash');
  if (shared) void query.forUpdate();
  if (shared && !urgent) void query.skipLocked();
  return query;
}

async function rowsAfter(knex: Knex, seq: number): Promise<QueueRow[]> {
  const rows: string[] = await knex('queue_journal').where('seq', '>', seq).orderBy('seq').pluck('row');
  return rows.map((row) => JSON.parse(row) as QueueRow);
}

async function load(knex: Knex): Promise<{ floor: Floor; rows: readonly QueueRow[] }> {
  const snapshots: string[] = await knex('queue_snapshot').orderBy('seq', 'desc').pluck('floor');
  const floor = snapshots.map(parseFloor).find((each) => each !== undefined) ?? EMPTY_FLOOR;
  const rows: QueueRow[] = [];
  for await (const { row } of read(knex, floor.seq + 1)) rows.push(row);
  return { floor, rows };
}

async function* read(knex: Knex, from: number): AsyncGenerator<ChainedRow> {
  for (let next = from; ; ) {
    const page: { seq: number; row: string; hash: string }[] = await orStorageFailed(
      'reading the queue journal',
      knex('queue_journal').where('seq', '>=', next).orderBy('seq').limit(PAGE).select('seq', 'row', 'hash'),
    );
    for (const { row, hash } of page) yield { row: JSON.parse(row) as QueueRow, hash };
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined) return;
    next = last.seq + 1;
  }
}

/** Two are kept: one that is whole is there at any moment. */
async function keepSnapshot(knex: Knex, floor: Floor): Promise<void> {
  await knex('queue_snapshot')
    .insert({ seq: floor.seq, floor: formatFloor(floor) })
    .onConflict('seq')
    .ignore();
  const kept: number[] = await knex('queue_snapshot').orderBy('seq', 'desc').limit(2).pluck('seq');
  await knex('queue_snapshot')
    .where('seq', '<', kept.at(-1) ?? 0)
    .delete();
}

/** By the database's clock, which all nodes share; SQLite has one node. */
const nowIn = (shared: boolean): string =>
  shared ? '(extract(epoch from clock_timestamp()) * 1000)::bigint' : "cast(unixepoch('subsec') * 1000 as integer)";

async function lease(knex: Knex, shared: boolean, name: string, incarnation: string, forMs: number): Promise<void> {
  await knex.raw(
    `insert into queue_node (name, incarnation, leased_until) values (?, ?, ${nowIn(shared)} + ?)
     on conflict (name) do update set incarnation = excluded.incarnation, leased_until = excluded.leased_until`,
    [name, incarnation, forMs],
  );
}

async function silent(
  knex: Knex,
  shared: boolean,
  node: string,
): Promise<readonly { node: string; incarnation: string }[]> {
  const query = (on: Knex) =>
    on('queue_node')
      .whereNot('name', node)
      .whereRaw(`leased_until < ${nowIn(shared)}`)
      .select<{ node: string; incarnation: string }[]>('name as node', 'incarnation');
  // one that had this file under another name, such as a container's before it was made anew
  if (!shared) return query(knex);
  return knex.transaction(async (trx) => query(trx).forUpdate().skipLocked());
}
