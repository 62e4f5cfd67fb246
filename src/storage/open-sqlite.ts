import { constants } from 'node:fs';
import { access, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import createKnex, { type Knex } from 'knex';
import { keepStatements, type StatementConnection } from './kept-statements.ts';
import { type Migration, migrate } from './migrations.ts';
import { ownDatabase } from './own-database.ts';

/** FULL: what is committed outlives a loss of power. recursive_triggers: REPLACE must not go round the append-only triggers. */
const PRAGMAS = [
  'journal_mode = WAL',
  'synchronous = FULL',
  'foreign_keys = ON',
  'busy_timeout = 5000',
  'recursive_triggers = ON',
  'secure_delete = ON', // what is destroyed does not stay in free pages
];

/** What goes wrong is thrown; knex would print it as well. */
export const QUIET = {
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
  deprecate: () => undefined,
};

interface SqliteConnection extends StatementConnection {
  exec(sql: string, done: (error: Error | null) => void): void;
}

/**
 * knex begins a transaction as DEFERRED: one that reads first and then writes is refused (SQLITE_BUSY_SNAPSHOT), without waiting, when
 * another connection has written in between. IMMEDIATE waits for the other one, as long as `busy_timeout` says.
 *
 * @param giveWay - waited for before a transaction
 */
function beginImmediately(connection: SqliteConnection, giveWay: GiveWay | undefined): void {
  const { all } = connection;
  connection.all = (sql, values, done) => {
    if (sql !== 'BEGIN;') return all(sql, values, done);
    if (giveWay === undefined) return all('BEGIN IMMEDIATE;', values, done);
    return giveWay().then(() => all('BEGIN IMMEDIATE;', values, done));
  };
}

/** Resolves when others have written what is more urgent. */
type GiveWay = () => Promise<void>;

export interface OpenDatabase extends AsyncDisposable {
  readonly knex: Knex;
  /** The steps that brought its schema up to date just now. */
  readonly applied: readonly string[];
}

const connect = (file: string, giveWay?: GiveWay): Knex =>
  createKnex({
    client: 'sqlite3',
    connection: { filename: file },
    useNullAsDefault: true,
    compileSqlOnError: false, // values are transcripts and numbers: an error's message goes into the log
    pool: {
      min: 1,
      max: 1, // SQLite has one writer; the thread that archives has a connection of its own, and they wait for each other
      afterCreate(connection: SqliteConnection, done: (error: Error | null, connection: unknown) => void) {
        keepStatements(connection);
        beginImmediately(connection, giveWay);
        connection.exec(PRAGMAS.map((pragma) => `PRAGMA ${pragma};`).join(''), (error) => done(error, connection));
      },
    },
    log: QUIET,
  });

/** @throws what SQLite or the disk throws; IvrError STORAGE_FAILED when another process has it or a newer release had it */
export async function openSqlite(file: string, migrations: readonly Migration[]): Promise<OpenDatabase> {
  const knex = connect(file);
  let owned: AsyncDisposable | undefined;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    owned = await ownDatabase(file);
    await (await open(file, 'a', 0o600)).close(); // SQLite gives its log beside it the same mode
    const applied = await migrate(knex, migrations);
    const lock = owned;
    return {
      knex,
      applied,
      async [Symbol.asyncDispose]() {
        await knex.destroy();
        await lock[Symbol.asyncDispose]();
      },
    };
  } catch (thrown) {
    await knex.destroy();
    await owned?.[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** @throws what SQLite or the disk throws */
export async function openSqliteToRead(file: string): Promise<Knex> {
  const knex = createKnex({
    client: 'sqlite3',
    connection: { filename: file },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
    log: QUIET,
  });
  try {
    await access(file, constants.R_OK); // SQLite would make one that is not there
    await knex.raw('PRAGMA query_only = ON');
    await knex.raw('select 1 from migration limit 1');
    return knex;
  } catch (thrown) {
    await knex.destroy();
    throw thrown;
  }
}

/** To write beside whoever has it; its schema is theirs. @throws what SQLite or the disk throws */
export async function openSqliteBeside(file: string, giveWay?: GiveWay): Promise<Knex> {
  await access(file, constants.W_OK); // SQLite would make one that is not there
  return connect(file, giveWay);
}
