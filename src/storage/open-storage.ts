import { constants } from 'node:fs';
import { access, mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import createKnex, { type Knex } from 'knex';
import type { CallEvent } from '../domain/call-event.ts';
import { asError, IvrError, systemCode } from '../domain/error.ts';
import type { Logger } from '../lib/logger.ts';
import {
  insertBatch,
  insertWhatIsNew,
  isOneStatement,
  selectCall,
  selectCalls,
  selectEvents,
  selectRecordings,
  selectUnfinished,
} from './journal-tables.ts';
import { migrate } from './migrations.ts';
import { ownDatabase } from './own-database.ts';
import type { JournalBatch, Storage } from './storage.ts';

export interface StorageOptions {
  /** The SQLite file; it and its folder are made when missing. */
  readonly file: string;
}

/** FULL: what is committed outlives a loss of power. recursive_triggers: REPLACE must not go round the append-only triggers. */
const PRAGMAS = [
  'journal_mode = WAL',
  'synchronous = FULL',
  'foreign_keys = ON',
  'busy_timeout = 5000',
  'recursive_triggers = ON',
];

/** What goes wrong is thrown; knex would print it as well. */
const QUIET = { warn: () => undefined, error: () => undefined, debug: () => undefined, deprecate: () => undefined };

interface SqliteConnection {
  exec(sql: string, done: (error: Error | null) => void): void;
}

/** Opens the database and brings its schema up to date. @throws IvrError STORAGE_FAILED */
export async function openStorage(options: StorageOptions, logger: Logger): Promise<Storage> {
  const file = resolve(options.file);
  const knex = createKnex({
    client: 'sqlite3',
    connection: { filename: file },
    useNullAsDefault: true,
    compileSqlOnError: false, // values are transcripts and numbers: an error's message goes into the log
    pool: {
      min: 1,
      max: 1, // SQLite has one writer
      afterCreate: (connection: SqliteConnection, done: (error: Error | null, connection: unknown) => void) =>
        connection.exec(PRAGMAS.map((pragma) => `PRAGMA ${pragma};`).join(''), (error) => done(error, connection)),
    },
    log: QUIET,
  });
  let owned: AsyncDisposable | undefined;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    owned = await ownDatabase(file);
    await (await open(file, 'a', 0o600)).close(); // SQLite gives its log beside it the same mode
    const applied = await migrate(knex);
    if (applied.length > 0)
      logger.info({ file, migrations: applied.length }, 'the database schema was brought up to date');
  } catch (thrown) {
    await knex.destroy();
    await owned?.[Symbol.asyncDispose]();
    if (thrown instanceof IvrError) throw thrown;
    const cause = systemCode(thrown) ?? 'unknown';
    throw new IvrError(
      'STORAGE_FAILED',
      `the database ${file} cannot be opened: ${cause}`,
      { path: file, cause },
      thrown,
    );
  }
  const storage = storageOn(knex, file);
  return {
    ...storage,
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]();
      await owned[Symbol.asyncDispose]();
    },
  };
}

/** The database as it is, to look at beside a server that has it. @throws IvrError STORAGE_FAILED when there is none */
export async function openStorageToRead({ file: name }: StorageOptions): Promise<Storage> {
  const file = resolve(name);
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
    await knex.raw('select 1 from call_event limit 1');
  } catch (thrown) {
    await knex.destroy();
    const cause = systemCode(thrown) ?? 'unknown';
    throw new IvrError(
      'STORAGE_FAILED',
      `the journal ${file} cannot be read: ${cause}; check storage.file`,
      { path: file, cause },
      thrown,
    );
  }
  return storageOn(knex, file);
}

/** The storage on a connection that has its schema. */
export function storageOn(knex: Knex, file: string | undefined): Storage {
  return {
    file,
    knex,
    commit: (batch) => safely('writing the journal', commit(knex, batch)),
    calls: (filter) => safely('listing calls', selectCalls(knex, filter)),
    call: (contact) => safely('reading a call', selectCall(knex, contact)),
    events: (contact) => safely('reading the journal', selectEvents(knex, contact)),
    recordings: (contact) => safely('reading recordings', selectRecordings(knex, contact)),
    unfinished: () => safely('reading unfinished calls', selectUnfinished(knex)),
    [Symbol.asyncDispose]: () => knex.destroy(),
  };
}

async function commit(knex: Knex, batch: JournalBatch): Promise<readonly CallEvent[]> {
  try {
    // One statement is a transaction by itself, at a fraction of the price.
    if (isOneStatement(batch)) await insertBatch(knex, batch);
    else await knex.transaction((trx) => insertBatch(trx, batch));
    return [];
  } catch (thrown) {
    if (!isConstraint(thrown)) throw thrown;
    return knex.transaction((trx) => insertWhatIsNew(trx, batch));
  }
}

async function safely<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    const cause = systemCode(thrown) ?? asError(thrown).name;
    throw new IvrError('STORAGE_FAILED', `${what}: ${cause}`, { what, cause }, thrown);
  }
}

/** A key that is there already: SQLITE_CONSTRAINT, or PostgreSQL's 23505. */
const isConstraint = (thrown: unknown): boolean => {
  const code = systemCode(thrown) ?? '';
  return code.startsWith('SQLITE_CONSTRAINT') || code === '23505';
};
