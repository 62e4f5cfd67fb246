import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { IvrError, systemCode } from '../domain/error.ts';
import type { Logger } from '../lib/logger.ts';
import type { PostgresqlAddress } from '../lib/postgresql-address.ts';
import type { Migration } from './migrations.ts';
import type { DatabaseDeadlines } from './open-postgresql.ts';
import { openSqlite, openSqliteBeside, openSqliteToRead } from './open-sqlite.ts';
import { ownDatabase } from './own-database.ts';
import type { Storage } from './storage.ts';
import { WritePriority } from './write-priority.ts';

export interface DatabaseServer {
  readonly address: PostgresqlAddress;
  /** PEM of the authority that signed its certificate; undefined: those that Node.js trusts. */
  readonly ca?: string;
  readonly connections: number;
  readonly deadlines?: DatabaseDeadlines;
}

export interface StorageOptions {
  /** The SQLite file; it and its folder are made when missing. With a server: what this node keeps by itself is named after it. */
  readonly file: string;
  /** PostgreSQL, in place of SQLite. */
  readonly server?: DatabaseServer;
  /** This node's name among those that write the same database; absent: the host's. */
  readonly node?: string;
  /** Of all parts that keep something in it. */
  readonly migrations: readonly Migration[];
}

/** Loaded where a server is configured. */
const postgresql = () => import('./open-postgresql.ts');

const whereIs = ({ address }: DatabaseServer): string => `${address.database} at ${address.host}:${address.port}`;

function failed(what: string, where: string, hint: string, thrown: unknown): IvrError {
  if (thrown instanceof IvrError) return thrown;
  const cause = systemCode(thrown) ?? 'unknown';
  return new IvrError('STORAGE_FAILED', `the ${what} ${where}: ${cause}${hint}`, { path: what, cause }, thrown);
}

/** Opens the database and brings its schema up to date. @throws IvrError STORAGE_FAILED */
export async function openStorage(options: StorageOptions, logger: Logger): Promise<Storage> {
  const file = resolve(options.file);
  const node = options.node ?? hostname();
  const { server, migrations } = options;
  const name = server === undefined ? `database ${file}` : `database ${whereIs(server)}`;
  let own: AsyncDisposable | undefined;
  try {
    // beside a server, too: the events that it refuses wait in a file that has one writer
    if (server !== undefined) own = await ownDatabase(file, { name: 'the folder of', makeFolder: true });
    const { knex, applied, ...database } =
      server === undefined
        ? await openSqlite(file, migrations)
        : await (await postgresql()).openPostgresql({ ...server, ca: server.ca, node }, migrations, logger);
    if (applied.length > 0)
      logger.info({ database: name, migrations: applied.length }, 'the database schema was brought up to date');
    const lock = own;
    return {
      file,
      dialect: server === undefined ? 'sqlite' : 'postgresql',
      node,
      knex,
      priority: new WritePriority(),
      async [Symbol.asyncDispose]() {
        await database[Symbol.asyncDispose]();
        await lock?.[Symbol.asyncDispose]();
      },
    };
  } catch (thrown) {
    await own?.[Symbol.asyncDispose]();
    throw failed(name, 'cannot be opened', server === undefined ? '' : '; check storage.url', thrown);
  }
}

/** The database as it is, to look at beside a server that has it. @throws IvrError STORAGE_FAILED when there is none */
export async function openStorageToRead(options: Omit<StorageOptions, 'migrations'>): Promise<Storage> {
  const file = resolve(options.file);
  const { server } = options;
  try {
    const knex =
      server === undefined
        ? await openSqliteToRead(file)
        : await (await postgresql()).openPostgresqlToRead({ ...server, ca: server.ca, node: '' });
    return {
      file,
      dialect: server === undefined ? 'sqlite' : 'postgresql',
      node: options.node ?? hostname(),
      knex,
      priority: new WritePriority(),
      [Symbol.asyncDispose]: () => knex.destroy(),
    };
  } catch (thrown) {
    throw server === undefined
      ? failed(`journal ${file}`, 'cannot be read', '; check storage.file', thrown)
      : failed(`journal ${whereIs(server)}`, 'cannot be read', '; check storage.url', thrown);
  }
}

/**
 * Another connection of the process that has the database, for a thread of its own: it is the owner's to lock it and to bring its schema up to
 * date, before, and to close it, afterwards. Its transactions give way to those that the owner writes first.
 *
 * @throws IvrError STORAGE_FAILED
 */
export async function openStorageAgain(
  options: Omit<StorageOptions, 'migrations'>,
  priority: WritePriority,
): Promise<Storage> {
  const file = resolve(options.file);
  const { server, node = hostname() } = options;
  try {
    const knex =
      server === undefined
        ? await openSqliteBeside(file, () => priority.giveWay())
        : (await postgresql()).openPostgresqlBeside({ ...server, ca: server.ca, node });
    const dialect = server === undefined ? 'sqlite' : 'postgresql';
    return { file, dialect, node, knex, priority, [Symbol.asyncDispose]: () => knex.destroy() };
  } catch (thrown) {
    throw failed(`database ${server === undefined ? file : whereIs(server)}`, 'cannot be opened', '', thrown);
  }
}

/**
 * For a command that writes a row or two while a server may be running: the database alone is asked for its locks. When
 * there is no server it is opened as a server would, and its schema brought up to date.
 *
 * @throws IvrError STORAGE_FAILED
 */
export async function openStorageBeside(options: StorageOptions, logger: Logger): Promise<Storage> {
  try {
    return await openStorage(options, logger);
  } catch (taken) {
    const file = resolve(options.file);
    const { server, node = hostname() } = options;
    try {
      const knex =
        server === undefined
          ? await openSqliteBeside(file)
          : (await postgresql()).openPostgresqlBeside({ ...server, ca: server.ca, node: '' });
      await knex.raw('select 1 from migration limit 1').catch(async (thrown: unknown) => {
        await knex.destroy();
        throw thrown;
      });
      const dialect = server === undefined ? 'sqlite' : 'postgresql';
      return { file, dialect, node, knex, priority: new WritePriority(), [Symbol.asyncDispose]: () => knex.destroy() };
    } catch {
      throw taken; // what is really wrong
    }
  }
}
