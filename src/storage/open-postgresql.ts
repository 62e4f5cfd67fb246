import createKnex, { type Knex } from 'knex';
import pg from 'pg';
import type { Logger } from '../lib/logger.ts';
import type { PostgresqlAddress } from '../lib/postgresql-address.ts';
import { holdNode } from './hold-node.ts';
import { type Migration, migrate } from './migrations.ts';
import { type OpenDatabase, QUIET } from './open-sqlite.ts';

export interface PostgresqlOptions {
  readonly address: PostgresqlAddress;
  /** PEM of the certificate authority; undefined: those that Node.js trusts. */
  readonly ca: string | undefined;
  /** Connections at the same time. */
  readonly connections: number;
  readonly deadlines?: DatabaseDeadlines | undefined;
  readonly node: string;
}

export interface DatabaseDeadlines {
  readonly connectMs: number;
  /** The server gives up a statement after so long. */
  readonly statementMs: number;
  /** For a server that does not answer at all: the connection is given up. */
  readonly answerMs: number;
}
const DEADLINES: DatabaseDeadlines = { connectMs: 5_000, statementMs: 10_000, answerMs: 15_000 };
const ACQUIRE_MS = 10_000;

const { INT8, NUMERIC } = pg.types.builtins;
/** bigint and sums as numbers: ours are milliseconds and counts, far below 2^53. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: Parameters<typeof pg.types.getTypeParser>[0], format?: 'text') =>
    oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

const clientOptions = ({ address, ca, deadlines = DEADLINES }: PostgresqlOptions): pg.ClientConfig => ({
  host: address.host,
  port: address.port,
  database: address.database,
  user: address.user,
  ...(address.password === undefined ? {} : { password: address.password }),
  ssl: address.tls ? { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) } : false,
  application_name: 'tellerline',
  connectionTimeoutMillis: deadlines.connectMs,
  statement_timeout: deadlines.statementMs,
  lock_timeout: deadlines.statementMs,
  idle_in_transaction_session_timeout: deadlines.answerMs,
  query_timeout: deadlines.answerMs,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  types: TYPES,
});

/** knex hands it to pg as it is, but has a type of its own for it. */
const pgConnection = (options: PostgresqlOptions): Knex.PgConnectionConfig =>
  clientOptions(options) as Knex.PgConnectionConfig;

const connect = (options: PostgresqlOptions): Knex =>
  createKnex({
    client: 'pg',
    connection: pgConnection(options),
    compileSqlOnError: false, // values are transcripts and numbers: an error's message goes into the log
    acquireConnectionTimeout: ACQUIRE_MS,
    pool: {
      min: 0,
      max: options.connections,
      // a connection whose query was given up still waits for the answer: it cannot serve the next one
      validate: (connection: { readonly readyForQuery?: boolean }) => connection.readyForQuery !== false,
    },
    log: QUIET,
  });

/** Of all nodes that start at the same time one changes the schema; the others wait. */
const MIGRATION_LOCK = 7_353_211;

async function migrateAlone(
  options: PostgresqlOptions,
  knex: Knex,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  // of its own, without limits of time: an index on a big table takes what it takes
  const client = new pg.Client({ ...clientOptions(options), statement_timeout: 0, lock_timeout: 0, query_timeout: 0 });
  client.on('error', () => undefined); // the query that it breaks says it
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await migrate(knex, migrations);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** @throws what pg throws; IvrError STORAGE_FAILED when the node is up elsewhere or a newer release has been there */
export async function openPostgresql(
  options: PostgresqlOptions,
  migrations: readonly Migration[],
  logger: Logger,
): Promise<OpenDatabase> {
  const knex = connect(options);
  try {
    const applied = await migrateAlone(options, knex, migrations);
    const held = await holdNode(clientOptions(options), options.node, logger);
    return {
      knex,
      applied,
      async [Symbol.asyncDispose]() {
        await knex.destroy();
        await held[Symbol.asyncDispose]();
      },
    };
  } catch (thrown) {
    await knex.destroy();
    throw thrown;
  }
}

/** @throws what pg throws */
export async function openPostgresqlToRead(options: PostgresqlOptions): Promise<Knex> {
  const knex = createKnex({
    client: 'pg',
    connection: {
      ...clientOptions(options),
      options: '-c default_transaction_read_only=on',
    } as Knex.PgConnectionConfig,
    compileSqlOnError: false,
    acquireConnectionTimeout: ACQUIRE_MS,
    pool: { min: 0, max: 2 },
    log: QUIET,
  });
  try {
    await knex.raw('select 1 from migration limit 1');
    return knex;
  } catch (thrown) {
    await knex.destroy();
    throw thrown;
  }
}

/** To write small things beside the servers that have it; the schema is theirs. */
export const openPostgresqlBeside = (options: PostgresqlOptions): Knex => connect({ ...options, connections: 2 });
