import type { Knex } from 'knex';
import { IvrError } from '../domain/error.ts';

/*
 * A table of an SQLite database made the same in a PostgreSQL database of the same schema: what is missing there is written, what differs is changed, what is there
 * and not here is removed. Each database is read in its own order of keys and the other one asked for those keys, so that it does not matter how a database sorts text.
 */

export type Row = Readonly<Record<string, string | number | null>>;
/** As the drivers give it. */
type Stored = Readonly<Record<string, string | number | null | Uint8Array>>;

export interface SyncedTable {
  readonly table: string;
  /** Rows here. */
  readonly rows: number;
  /** Written, changed or removed there by this pass; 0: it was the same. */
  readonly changed: number;
}

export interface SyncOptions {
  /** A row as it shall be there. */
  readonly translate?: (row: Row) => Row;
  /** Before rows are written there, in their transaction. */
  readonly before?: (rows: readonly Row[]) => Promise<void>;
  /** After rows were written there, or removed, in their transaction. */
  readonly after?: (to: Knex, rows: readonly Row[]) => Promise<void>;
  readonly signal?: AbortSignal;
}

const PAGE = 500;
/** The schema's own, who is up, and the words, which each database keeps in its own way. */
const NOT_DATA = /^(?:sqlite_|migration|node$|archive_words)/;

/** Tables with data, by name. */
export async function dataTables(from: Knex): Promise<readonly string[]> {
  const found: { name: string }[] = await from('sqlite_master').where({ type: 'table' }).select('name').orderBy('name');
  return found.map(({ name }) => name).filter((name) => !NOT_DATA.test(name));
}

interface Shape {
  readonly table: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** Of the key's columns, in PostgreSQL. */
  readonly types: readonly string[];
  /** The columns that hold whole numbers there. SQLite takes a fraction into any. */
  readonly whole: ReadonlySet<string>;
  readonly appendOnly: boolean;
}

/** @throws IvrError CONFLICT when a table that is only added to has something else there; what the databases throw */
export async function syncTable(from: Knex, to: Knex, table: string, options: SyncOptions = {}): Promise<SyncedTable> {
  const shape = await shapeOf(from, to, table);
  const { translate = (row: Row): Row => row } = options;
  let [rows, changed] = [0, 0];
  for await (const page of pagesOf(from, shape, 'sqlite')) {
    options.signal?.throwIfAborted();
    rows += page.length;
    const wanted = page.map((row) => plain(translate(row), shape));
    const there = new Map((await rowsByKey(to, shape, wanted, 'postgresql')).map((row) => [keyText(row, shape), row]));
    const different = wanted.filter((row) => !same(row, there.get(keyText(row, shape)), shape));
    if (different.length === 0) continue;
    if (shape.appendOnly) expectAbsent(different, there, shape);
    await options.before?.(different);
    await to
      .transaction(async (trx) => {
        await write(trx, shape, different);
        await options.after?.(trx, different);
      })
      .catch((thrown: unknown) => {
        throw isRefusedChange(thrown) ? otherRows(shape) : thrown;
      });
    changed += different.length;
  }
  if (!shape.appendOnly) changed += await removeOthers(from, to, shape, options);
  await followSequence(to, shape);
  return { table, rows, changed };
}

async function shapeOf(from: Knex, to: Knex, table: string): Promise<Shape> {
  const here: { name: string; pk: number }[] = await from.raw(`pragma table_info(${table})`);
  const answer: { rows: { column_name: string; data_type: string }[] } = await to.raw(
    'select column_name, data_type from information_schema.columns where table_schema = current_schema() and table_name = ?',
    [table],
  );
  const types = new Map(answer.rows.map(({ column_name, data_type }) => [column_name, data_type]));
  const columns = here.map(({ name }) => name).filter((name) => types.has(name));
  // SQLite's own order of recordings is none of PostgreSQL's
  const key = here
    .filter(({ name, pk }) => pk > 0 && types.has(name))
    .toSorted((a, b) => a.pk - b.pk)
    .map(({ name }) => name);
  const keyed = key.length > 0 ? key : ['id'];
  const triggers = await from('sqlite_master')
    .where({ type: 'trigger', name: `${table}_no_update` })
    .first('name');
  return {
    table,
    columns,
    key: keyed,
    types: keyed.map((name) => types.get(name) ?? 'text'),
    whole: new Set([...types].flatMap(([name, type]) => (WHOLE.has(type) ? [name] : []))),
    appendOnly: triggers !== undefined,
  };
}

const tuple = (names: readonly string[]): string => `(${names.map((name) => `"${name}"`).join(', ')})`;
type Dialect = 'sqlite' | 'postgresql';
/** Placeholders of one row's key. */
const places = ({ types }: Shape, dialect: Dialect): string =>
  `(${types.map((type) => (dialect === 'sqlite' ? '?' : `?::${type}`)).join(', ')})`;
/** The rows of these keys. */
const keyedAs = (shape: Shape, rows: readonly Row[], dialect: Dialect): [string, (string | number | null)[]] => [
  `${tuple(shape.key)} in (values ${rows.map(() => places(shape, dialect)).join(', ')})`,
  rows.flatMap((row) => shape.key.map((name) => row[name] ?? null)),
];

/** In the order of that database. */
async function* pagesOf(knex: Knex, shape: Shape, dialect: Dialect): AsyncGenerator<Row[]> {
  const { table, columns, key } = shape;
  let after: readonly (string | number | null)[] | undefined;
  for (;;) {
    const query = knex<Stored>(table)
      .select(columns as string[])
      .limit(PAGE);
    for (const name of key) void query.orderBy(name);
    if (after !== undefined) void query.whereRaw(`${tuple(key)} > ${places(shape, dialect)}`, [...after]);
    const page = ((await query) as Stored[]).map(legible);
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined) return;
    after = key.map((name) => last[name] ?? null);
  }
}

async function rowsByKey(knex: Knex, shape: Shape, rows: readonly Row[], dialect: Dialect): Promise<readonly Row[]> {
  const found: Stored[] = await knex(shape.table)
    .select(shape.columns as string[])
    .whereRaw(...keyedAs(shape, rows, dialect));
  return found.map(legible);
}

/** Bytes as PostgreSQL writes and reads them in a text: to be compared, and sent as JSON. */
const legible = (row: Stored): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : value,
    ]),
  );

const WHOLE: ReadonlySet<string> = new Set(['bigint', 'integer', 'smallint']);
/** PostgreSQL has no NUL in a text, and no fraction in a whole number. */
const plain = (row: Row, { whole }: Shape): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'string'
        ? value.replaceAll('\0', '')
        : typeof value === 'number' && whole.has(name)
          ? Math.floor(value)
          : value,
    ]),
  );
const keyText = (row: Row, { key }: Shape): string => JSON.stringify(key.map((name) => row[name]));
const same = (row: Row, there: Row | undefined, { columns }: Shape): boolean =>
  there !== undefined && columns.every((name) => row[name] === there[name]);

function expectAbsent(rows: readonly Row[], there: ReadonlyMap<string, Row>, shape: Shape): void {
  if (rows.some((row) => there.has(keyText(row, shape)))) throw otherRows(shape);
}

const otherRows = ({ table }: Shape): IvrError =>
  new IvrError(
    'CONFLICT',
    `${table} of the new database has other rows than this one: it it is neither empty nor a copy`,
    { table },
  );

/** What a trigger says that lets a row be changed under a condition alone (an event of the journal, when its call was erased). */
const isRefusedChange = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === 'P0001' && thrown.message.includes('append-only');

async function write(trx: Knex, { table, columns, key, appendOnly }: Shape, rows: readonly Row[]): Promise<void> {
  const names = columns.map((name) => `"${name}"`).join(', ');
  const rest = columns.filter((name) => !key.includes(name));
  const change =
    appendOnly || rest.length === 0
      ? 'do nothing'
      : `do update set ${rest.map((name) => `"${name}" = excluded."${name}"`).join(', ')}`;
  await trx.raw(
    `insert into ${table} (${names}) select ${names} from json_populate_recordset(null::${table}, ?::json) on conflict ${tuple(key)} ${change}`,
    [JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((name) => [name, row[name] ?? null]))))],
  );
}

async function removeOthers(from: Knex, to: Knex, shape: Shape, { after }: SyncOptions): Promise<number> {
  let removed = 0;
  for await (const page of pagesOf(to, shape, 'postgresql')) {
    const here = new Set((await rowsByKey(from, shape, page, 'sqlite')).map((row) => keyText(row, shape)));
    const gone = page.filter((row) => !here.has(keyText(row, shape)));
    if (gone.length === 0) continue;
    await to.transaction(async (trx) => {
      await trx(shape.table)
        .whereRaw(...keyedAs(shape, gone, 'postgresql'))
        .delete();
      await after?.(trx, gone);
    });
    removed += gone.length;
  }
  return removed;
}

/** What is written next there is numbered after what came. */
async function followSequence(to: Knex, { table, key: [first = ''] }: Shape): Promise<void> {
  const { rows }: { rows: { sequence: string | null }[] } = await to.raw(
    'select pg_get_serial_sequence(?, ?) as sequence',
    [table, first],
  );
  const sequence = rows[0]?.sequence;
  if (sequence !== null && sequence !== undefined)
    await to.raw(`select setval(?::regclass, greatest((select coalesce(max("${first}"), 0) from ${table}), 1))`, [
      sequence,
    ]);
}
