import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { migrate } from '../../src/storage/migrations.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storage-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (): Promise<Storage> =>
  openStorage({ file: join(folder, 'deep', 'calls.db'), migrations: MIGRATIONS }, silentLogger);
test('a new database has the schema, write-ahead log and full synchronisation; opened again it has not changed', async () => {
  for (let n = 0; n < 2; n++) {
    await using storage = await open();
    expect(await migrate(storage.knex, MIGRATIONS)).toEqual([]);
    expect(await storage.knex('migration').pluck('name')).toEqual(MIGRATIONS.map(({ name }) => name));
    const pragma = async (name: string): Promise<unknown> =>
      Object.values((await storage.knex.raw<object[]>(`PRAGMA ${name}`))[0] ?? {})[0];
    expect([await pragma('journal_mode'), await pragma('synchronous'), await pragma('foreign_keys')]).toEqual([
      'wal',
      2,
      1,
    ]);
    expect([await pragma('recursive_triggers'), await pragma('busy_timeout')]).toEqual([1, 5000]);
  }
});

test('a file that is no database is said so, and not touched', async () => {
  const file = join(folder, 'calls.db');
  await writeFile(file, 'this is a letter, not a database, and it is long enough to be looked at');
  await expect(openStorage({ file, migrations: MIGRATIONS }, silentLogger)).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
    facts: { cause: 'SQLITE_NOTADB' },
  });
});

test('nobody but the owner reads the database or its log', async () => {
  await using storage = await open();
  await storage.knex.schema.createTable('anything', (table) => void table.integer('n'));
  const names = (await readdir(join(folder, 'deep'))).filter((each) => !each.includes('.lock'));
  expect(names.toSorted()).toEqual(['calls.db', 'calls.db-shm', 'calls.db-wal']);
  for (const name of names) expect((await stat(join(folder, 'deep', name))).mode & 0o077, name).toBe(0);
});
