import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe } from 'vitest';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { Migration } from '../../src/storage/migrations.ts';
import { type DatabaseServer, openStorage } from '../../src/storage/open-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { noPostgresql } from './postgresql.ts';
import { sharedDatabase } from './shared-database.ts';

export interface TestDatabase {
  readonly dialect: Storage['dialect'];
  /** The database of this test, empty at first; opened again it is as it was left. Each node has a folder of its own. */
  open(node?: string, migrations?: readonly Migration[]): Promise<Storage>;
  /** Another database, empty. */
  fresh(node: string): Promise<Storage>;
}

/** One contract over every database that may stand behind it. */
export function describeDatabases(name: string, suite: (database: TestDatabase) => void): void {
  describe(`${name} on SQLite`, () => suite(databaseOf('sqlite')));
  describe.skipIf(noPostgresql)(`${name} on PostgreSQL`, () => suite(databaseOf('postgresql')));
}

/** Call it in the suite of a `describe`: it brings the hooks that make and remove what it opens. */
function databaseOf(dialect: Storage['dialect']): TestDatabase {
  let folder = '';
  const servers: (DatabaseServer & AsyncDisposable)[] = [];
  let server: Promise<DatabaseServer> | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'database-'));
    server = undefined;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  afterAll(async () => {
    for (const one of servers.splice(0)) await one[Symbol.asyncDispose]();
  });
  const database = async (): Promise<DatabaseServer> => {
    const one = await sharedDatabase();
    servers.push(one);
    return one;
  };
  const fileOf = (node: string): string => join(folder, node, 'tellerline.sqlite');
  return {
    dialect,
    async fresh(node) {
      const file = join(await mkdtemp(join(folder, `${node}-`)), 'tellerline.sqlite');
      const common = { file, node, migrations: MIGRATIONS };
      if (dialect === 'sqlite') return openStorage(common, silentLogger);
      return openStorage({ ...common, server: await database() }, silentLogger);
    },
    async open(node = 'node', migrations = MIGRATIONS) {
      const file = fileOf(node);
      if (dialect === 'sqlite') return openStorage({ file, node, migrations }, silentLogger);
      server ??= database();
      return openStorage({ file, node, migrations, server: await server }, silentLogger);
    },
  };
}
