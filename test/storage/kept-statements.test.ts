import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepStatements, type SqliteStatement, type StatementConnection } from '../../src/storage/kept-statements.ts';
import { type OpenDatabase, openSqlite, openSqliteBeside } from '../../src/storage/open-sqlite.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statements-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (): Promise<OpenDatabase> => openSqlite(join(folder, 'x.sqlite'), []);

test('what a kept statement gives is of each run', async () => {
  await using database = await open();
  const { knex } = database;
  await knex.schema.createTable('thing', (table) => {
    table.increments('id');
    table.string('name').unique();
  });
  const ids: unknown[] = [];
  for (const name of ['a', 'b', 'c']) ids.push((await knex('thing').insert({ name }))[0]);
  expect(ids).toEqual([1, 2, 3]);
  await expect(knex('thing').insert({ name: 'b' })).rejects.toThrow(/UNIQUE/);
  expect(await knex('thing').insert({ name: 'd' })).toEqual([4]);
  expect(await knex('thing').where({ name: 'a' }).update({ name: 'e' })).toBe(1);
  expect(await knex('thing').where({ name: 'a' }).update({ name: 'e' })).toBe(0);
  expect(await knex('thing').where({ id: 4 }).delete()).toBe(1);
  expect(await knex('thing').insert({ name: 'f' }).returning(['id', 'name'])).toEqual([{ id: 5, name: 'f' }]);
  expect(await knex('thing').where({ id: 1 })).toEqual([{ id: 1, name: 'e' }]);
  // another shape under the same words
  await knex.schema.alterTable('thing', (table) => {
    table.integer('size').defaultTo(7);
  });
  expect(await knex('thing').where({ id: 2 })).toEqual([{ id: 2, name: 'b', size: 7 }]);
  await expect(knex.raw('select nothing from nowhere')).rejects.toThrow(/nowhere/);
  await expect(knex.raw('select nothing from nowhere')).rejects.toThrow(/nowhere/);
});

test('side by side, rolled back, and more than are kept: the database can be closed afterwards', async () => {
  const database = await open();
  const { knex } = database;
  await knex.schema.createTable('thing', (table) => {
    table.integer('id').primary();
  });
  await knex.transaction(async (transaction) => {
    await Promise.all(Array.from({ length: 50 }, (_, id) => transaction('thing').insert({ id })));
    const counted = await Promise.all(Array.from({ length: 20 }, (_, id) => transaction('thing').where('id', '>', id)));
    expect(counted.map((rows) => rows.length)).toEqual(Array.from({ length: 20 }, (_, id) => 49 - id));
  });
  await expect(
    knex.transaction(async (transaction) => {
      await transaction('thing').insert({ id: 50 });
      await transaction('thing').insert({ id: 50 });
    }),
  ).rejects.toThrow(/UNIQUE/);
  for (let n = 0; n < 300; n++) expect(await knex.raw(`select ${n} as n`)).toEqual([{ n }]);
  expect(await knex('thing').count({ n: '*' })).toEqual([{ n: 50 }]);
  await database[Symbol.asyncDispose]();
  await using again = await open();
  expect(await again.knex('thing').count({ n: '*' })).toEqual([{ n: 50 }]);
});

test('what another connection kept out is not under way any more: what is written afterwards is durable', async () => {
  await using database = await open();
  const { knex } = database;
  await knex.schema.createTable('thing', (table) => {
    table.integer('id').primary();
    table.integer('size');
  });
  await knex.raw('PRAGMA busy_timeout = 0');
  const other = await openSqliteBeside(join(folder, 'x.sqlite'));
  try {
    const others = await other.transaction();
    await expect(knex.transaction((trx) => trx('thing').insert({ id: 1 }))).rejects.toThrow(/SQLITE_BUSY/);
    await expect(knex('thing').insert({ id: 2 })).rejects.toThrow(/SQLITE_BUSY/);
    await others.commit();
    await knex('thing').insert({ id: 3, size: 3 });
    expect(await other('thing').pluck('id')).toEqual([3]);
    await knex.transaction((trx) => trx('thing').insert({ id: 4 }));
    await knex('thing').insert({ id: 5 });
    expect(await other('thing').pluck('id')).toEqual([3, 4, 5]);
  } finally {
    await other.destroy();
  }
});

test('a statement is prepared once, and finalized when it is not kept any more', async () => {
  const prepared: string[] = [];
  const finalized: string[] = [];
  const connection: StatementConnection = {
    all: (_sql, _values, done) => done(null, []),
    run: () => undefined,
    close: (done) => done(null),
    prepare(sql, done): SqliteStatement {
      prepared.push(sql);
      queueMicrotask(() => done(null));
      const answer: SqliteStatement['all'] = (_values, called) => called(null, []);
      return { all: answer, run: answer, finalize: () => finalized.push(sql) };
    },
  };
  keepStatements(connection);
  const ask = (sql: string): Promise<unknown> => new Promise((resolve) => connection.all(sql, [], resolve));
  await ask('select 1');
  await ask('select 1');
  await ask(`select ${'1, '.repeat(2_000)}1`); // of many rows, it would take memory
  await ask('PRAGMA query_only = ON'); // might do its work when it is prepared
  expect(prepared.length).toBe(1);
  for (let n = 0; n < 256; n++) await ask(`select ${n + 2}`);
  await ask('select 1');
  expect(prepared.filter((sql) => sql === 'select 1')).toHaveLength(2);
  expect(finalized.slice(0, 1)).toEqual(['select 1']);
  await new Promise((resolve) => connection.close(resolve));
  expect(finalized).toHaveLength(prepared.length);
});
