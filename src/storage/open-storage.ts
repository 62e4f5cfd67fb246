import { constants } from 'node:fs';
import { access, mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import createKnex from 'knex';
import { IvrError, systemCode } from '../domain/error.ts';
import type { Logger } from '../lib/logger.ts';
import { type Migration, migrate } from './migrations.ts';
import { ownDatabase } from './own-database.ts';
import type { Storage } from './storage.ts';

export interface StorageOptions {
  /** The SQLite file; it and its folder are made when missing. */
  readonly file: string;
  /** Of all parts that keep something in it. */
  readonly migrations: readonly Migration[];
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
    const applied = await migrate(knex, options.migrations);
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
  return {
    file,
    knex,
    async [Symbol.asyncDispose]() {
      await knex.destroy();
      await owned[Symbol.asyncDispose]();
    },
  };
}

/** The database as it is, to look at beside a server that has it. @throws IvrError STORAGE_FAILED when there is none */
export async function openStorageToRead({ file: name }: Pick<StorageOptions, 'file'>): Promise<Storage> {
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
    await knex.raw('select 1 from migration limit 1');
  } catch (thrown) {
    await knex.destroy();
    const cause = systemCode(thrown) ?? 'unknown';
    throw new IvrError(
      'STORAGE_FAILED',
      `the database ${file} cannot be read: ${cause}; check storage.file`,
      { path: file, cause },
      thrown,
    );
  }
  return { file, knex, [Symbol.asyncDispose]: () => knex.destroy() };
}
