import { expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { type Migration, migrate, migrateDown } from '../../src/storage/migrations.ts';
import { describeDatabases } from '../support/databases.ts';

describeDatabases('a database', (database) => {
  test('all steps of the schema go up, down one by one to nothing, and up again', async () => {
    await using storage = await database.open();
    const names = MIGRATIONS.map(({ name }) => name);
    expect(await migrate(storage.knex, MIGRATIONS)).toEqual([]);
    const back: string[] = [];
    for (let step = await migrateDown(storage.knex, MIGRATIONS); step !== undefined; ) {
      back.push(step);
      step = await migrateDown(storage.knex, MIGRATIONS);
    }
    expect(back.toReversed()).toEqual(names);
    const left =
      database.dialect === 'sqlite'
        ? await storage.knex('sqlite_master').whereNot('name', 'like', 'sqlite_%').pluck('name')
        : await storage.knex('pg_class').whereRaw("relnamespace = 'public'::regnamespace").pluck('relname');
    expect((left as string[]).filter((name) => !name.startsWith('migration'))).toEqual([]);
    if (database.dialect === 'postgresql')
      expect(await storage.knex('pg_proc').whereRaw("pronamespace = 'public'::regnamespace").pluck('proname')).toEqual(
        [],
      );
    expect(await migrate(storage.knex, MIGRATIONS)).toEqual(names);
  });

  test('a step that fails leaves nothing of itself, and the release before it goes on', async () => {
    const broken: Migration = {
      name: '9999-broken',
      async up(knex) {
        await knex.schema.createTable('half', (table) => void table.integer('n'));
        throw new Error('no');
      },
      down: () => Promise.resolve(),
    };
    await expect(database.open('node', [...MIGRATIONS, broken])).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    await using storage = await database.open();
    expect(await storage.knex.schema.hasTable('half')).toBe(false);
  });

  test('a database that a newer release has changed is refused, naming the step', async () => {
    const newer: Migration = { name: '9998-newer', up: () => Promise.resolve(), down: () => Promise.resolve() };
    await (await database.open('node', [...MIGRATIONS, newer]))[Symbol.asyncDispose]();
    await expect(database.open()).rejects.toThrow(/newer release has migrated the database .step 9998-newer/);
  });

  test('a lock that a killed migration has left does not stop the next start', async () => {
    {
      await using storage = await database.open();
      await storage.knex('migration_lock').update({ is_locked: 1 });
    }
    const more: Migration = { name: '9997-more', up: () => Promise.resolve(), down: () => Promise.resolve() };
    await using storage = await database.open('node', [...MIGRATIONS, more]);
    expect(await storage.knex('migration').where('name', '9997-more').pluck('name')).toEqual(['9997-more']);
  });

  test('counts, sums and bigints are numbers', async () => {
    await using storage = await database.open();
    await storage.knex('node').insert({ name: 'a', seen_at: 9_007_199_254_740_991 });
    expect(await storage.knex('node').where('name', 'a').first()).toEqual({
      name: 'a',
      seen_at: 9_007_199_254_740_991,
    });
    expect(await storage.knex('node').count({ n: '*' }).where('name', 'a').first()).toEqual({ n: 1 });
    expect(await storage.knex('node').sum({ n: 'seen_at' }).where('name', 'a').first()).toEqual({
      n: 9_007_199_254_740_991,
    });
  });

  test('one process of a name has it', async () => {
    await using _storage = await database.open();
    await expect(database.open()).rejects.toThrow(/in use by another Tellerline|uses this database;/);
  });
});
