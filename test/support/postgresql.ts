import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { PostgresqlAddress } from '../../src/lib/postgresql-address.ts';
import type { DatabaseServer } from '../../src/storage/open-storage.ts';

/* A real PostgreSQL for a test: a cluster of its own in a folder of its own, on a Unix socket, gone with the test. */

const run = promisify(execFile);
const LIBRARY = '/usr/lib/postgresql';
const version = existsSync(LIBRARY) ? readdirSync(LIBRARY).toSorted().at(-1) : undefined;
const binary = (name: string): string => join(LIBRARY, version ?? '', 'bin', name);

/** For `describe.skipIf`: the Debian package postgresql is not installed. */
export const noPostgresql = version === undefined || !existsSync(binary('initdb'));

/** PostgreSQL refuses to run as root: then it is the user that its package made. */
async function unprivileged(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (userInfo().uid !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
  );
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

export interface Cluster extends AsyncDisposable {
  /** Of an empty database, made for whoever asks. */
  database(): Promise<DatabaseServer>;
  /** With whatever is still connected to it. */
  drop(name: string): Promise<void>;
  /** As a power cut: nobody is told, nothing is finished. */
  kill(): Promise<void>;
  start(): Promise<void>;
  readonly folder: string;
}

/**
 * @param settings - lines of postgresql.conf
 * @param beforeStart - what else it needs, such as files that are its own
 */
export async function openCluster(
  settings: readonly string[] = [],
  beforeStart: () => Promise<void> = () => Promise.resolve(),
): Promise<Cluster> {
  const user = await unprivileged();
  const folder = await mkdtemp(join(tmpdir(), 'pg-'));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const as = { ...user, env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' }, cwd: folder };
  await run(
    binary('initdb'),
    ['-D', data, '-U', 'tellerline', '-A', 'trust', '-E', 'UTF8', '-N', '--no-instructions'],
    as,
  );
  await writeFile(
    join(data, 'postgresql.conf'),
    [
      `unix_socket_directories = '${folder}'`,
      "listen_addresses = ''",
      'fsync = off', // tests end processes, never the machine
      'shared_buffers = 64MB',
      'max_connections = 60',
      'autovacuum_naptime = 10min',
      'log_min_messages = fatal',
      ...settings,
      '',
    ].join('\n'),
  );
  const port = Number(/^port = (\d+)$/m.exec(settings.join('\n'))?.[1] ?? 5432);
  let server: ReturnType<typeof spawn> | undefined;
  let databases = 0;
  const address = (database: string): PostgresqlAddress => ({
    host: folder,
    port,
    database,
    user: 'tellerline',
    password: undefined,
    tls: false,
  });

  async function ready(): Promise<void> {
    for (const until = performance.now() + 20_000; ; ) {
      const client = new pg.Client({ host: folder, port, user: 'tellerline', database: 'postgres' });
      try {
        await client.connect();
        return;
      } catch (thrown) {
        if (performance.now() > until || server === undefined || server.exitCode !== null) throw thrown;
        await new Promise((resolve) => setTimeout(resolve, 50)); // it tells nobody when it listens
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  /** A shell between us and the server: when the test is killed its standard input ends, and the server goes too. */
  async function start(): Promise<void> {
    const script = '"$0" -D "$1" & server=$!; cat > /dev/null; kill -QUIT $server; wait $server';
    server = spawn('/bin/sh', ['-c', script, binary('postgres'), data], { ...as, stdio: ['pipe', 'ignore', 'ignore'] });
    await ready();
  }

  /** As after a power cut: nobody is told, nothing is finished. */
  async function kill(): Promise<void> {
    if (server === undefined || server.exitCode !== null) return;
    const gone = once(server, 'exit');
    server.stdin?.end();
    await gone;
  }

  async function administer(statement: string): Promise<void> {
    const client = new pg.Client({ host: folder, port, user: 'tellerline', database: 'postgres' });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  await beforeStart();
  await start();
  return {
    folder,
    start,
    kill,
    async database() {
      const name = `test_${++databases}`;
      await administer(`create database ${name}`);
      return { address: address(name), connections: 4 };
    },
    drop: (name) => administer(`drop database if exists ${name} with (force)`),
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
