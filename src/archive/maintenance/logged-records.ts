import { randomBytes } from 'node:crypto';
import { canonicalJson } from '../../lib/canonical-json.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Migration } from '../../storage/migrations.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import type { LeafType } from '../../verify/leaf-types.ts';
import { leafOf } from '../log/leaf.ts';
import type { TransparencyLog } from '../log/transparency-log.ts';

/* What a leaf commits to that belongs to no recording: kept beside the log, since a leaf alone says nothing. Each node has a log and records of its own. */

export const LOGGED_RECORD_MIGRATIONS: readonly Migration[] = [
  {
    name: 'archive-0010-logged-record',
    async up(knex) {
      await knex.raw(
        'create table logged_record (node text not null, type text not null, number integer not null, name text not null, text text not null, made_at bigint not null, leaf_index bigint, primary key (node, type, name))',
      );
    },
    down: (knex) => knex.schema.dropTable('logged_record'),
  },
];

export type LoggedType = Extract<LeafType, 'ACCESS-BATCH' | 'KEY-EVENT'>;

export interface LoggedRecord {
  readonly type: LoggedType;
  /** Unique in its type and node. */
  readonly name: string;
  /** Canonical JSON (RFC 8785) with a salt of 32 random bytes. */
  readonly text: string;
  /** Undefined: a crash, or a disk that was full, came before the leaf; `resume` makes up for it. */
  readonly leafIndex: number | undefined;
}

export interface LoggedRecords {
  /**
   * Appends a leaf that commits to the record, once for each name.
   *
   * @throws IvrError LOG_UNWRITABLE: it waits for `resume`; STORAGE_FAILED
   */
  add(type: LoggedType, name: string, facts: Readonly<Record<string, string | number>>): Promise<void>;
  /** Appends the leaves of those that have none yet. @throws IvrError LOG_UNWRITABLE, STORAGE_FAILED */
  resume(): Promise<void>;
  /** Of this node, the oldest first. @throws IvrError STORAGE_FAILED */
  list(type: LoggedType): Promise<readonly LoggedRecord[]>;
  /** @throws IvrError STORAGE_FAILED */
  newest(type: LoggedType): Promise<LoggedRecord | undefined>;
}

interface Row {
  readonly type: LoggedType;
  readonly name: string;
  readonly text: string;
  readonly made_at: number | string;
  readonly leaf_index: number | string | null;
}

export function openLoggedRecords(
  { knex, node }: Pick<Storage, 'knex' | 'node'>,
  log: Pick<TransparencyLog, 'append' | 'hash'>,
  clock: Pick<Clock, 'wall'>,
): LoggedRecords {
  const table = () => knex<Row & { readonly node: string }>('logged_record').where({ node });
  const safely = <T>(work: PromiseLike<T>): Promise<T> =>
    orStorageFailed('records beside the log', Promise.resolve(work));
  const inOrder = (type: LoggedType) =>
    table().where({ type }).orderBy('number').select('type', 'name', 'text', 'leaf_index');
  const resume = async (): Promise<void> => {
    for (const { type, name, text } of await safely(
      table().whereNull('leaf_index').orderBy('type').orderBy('number'),
    )) {
      const leafIndex = await log.append(leafOf(type, text, log.hash));
      await safely(table().where({ type, name }).update({ leaf_index: leafIndex }));
    }
  };
  return {
    resume,
    async add(type, name, facts) {
      const at = clock.wall();
      const made = { format: 'tellerline-log-record', version: 1, type, name, node, ...facts };
      const text = canonicalJson({
        ...made,
        made_at: new Date(at).toISOString(),
        salt: randomBytes(32).toString('hex'),
      });
      // by number and not by time, which may be set back
      const last = await safely(table().where({ type }).max<{ number: number | null }[]>({ number: 'number' }));
      const number = (last[0]?.number ?? 0) + 1;
      const row = { node, type, number, name, text, made_at: at, leaf_index: null };
      await safely(knex('logged_record').insert(row).onConflict(['node', 'type', 'name']).ignore());
      await resume();
    },
    list: async (type) => (await safely(inOrder(type))).map(fromRow),
    async newest(type) {
      const rows = await safely(table().where({ type }).orderBy('number', 'desc').limit(1));
      return rows.map(fromRow)[0];
    },
  };
}

const fromRow = ({
  type,
  name,
  text,
  leaf_index,
}: Pick<Row, 'type' | 'name' | 'text' | 'leaf_index'>): LoggedRecord => ({
  type,
  name,
  text,
  leafIndex: leaf_index === null ? undefined : Number(leaf_index),
});
