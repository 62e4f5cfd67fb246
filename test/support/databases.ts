import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { Migration } from '../../src/storage/migrations.ts';
import { type DatabaseServer, openStorage } from '../../src/storage/open-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type Cluster, noPostgresql, openCluster } from './postgresql.ts';

export interface TestDatabase {
  readonly dialect: Storage['dialect'];
  /** The database of this test, empty at first; opened again it is as it was left. Each node has a folder of its own. */
  open(node?: string, migrations?: readonly Migration[]): Promise<Storage>;
  /** Another database, empty. */
  fresh(node: string): Promise<Storage>;
  /** Only of a database server. */
  readonly cluster: Cluster;
}

/** One contract over every database that may stand behind it. */
export function describeDatabases(name: string, suite: (database: TestDatabase) => void): void {
  describe(`${name} on SQLite`, () => suite(databaseOf('sqlite')));
  describe.skipIf(noPostgresql)(`${name} on PostgreSQL`, () => suite(databaseOf('postgresql')));
}

/** Call it in the suite of a `describe`: it brings the hooks that make and remove what it opens. */
function databaseOf(dialect: Storage['dialect']): TestDatabase {
  let folder = '';
  let cluster: Cluster | undefined;
  let server: Promise<DatabaseServer> | undefined;
  if (dialect === 'postgresql') {
    beforeAll(async () => {
      cluster = await openCluster();
    }, 60_000);
    afterAll(() => cluster?.[Symbol.asyncDispose]());
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'database-'));
    server = undefined;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const running = (): Cluster => {
    if (cluster === undefined) throw new Error('SQLite is no server');
    return cluster;
  };
  const fileOf = (node: string): string => join(folder, node, 'tellerline.sqlite');
  return {
    dialect,
    get cluster() {
      return running();
    },
    async fresh(node) {
      const common = { file: fileOf(node), node, migrations: MIGRATIONS };
      if (dialect === 'sqlite') return openStorage(common, silentLogger);
      return openStorage({ ...common, server: await running().database() }, silentLogger);
    },
    async open(node = 'node', migrations = MIGRATIONS) {
      const file = fileOf(node);
      if (dialect === 'sqlite') return openStorage({ file, node, migrations }, silentLogger);
      server ??= running().database();
      return openStorage({ file, node, migrations, server: await server }, silentLogger);
    },
  };
}
