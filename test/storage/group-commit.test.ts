import { expect, test } from 'vitest';
import { groupCommit } from '../../src/storage/group-commit.ts';
import { describeDatabases } from '../support/databases.ts';

describeDatabases('writes that share a commit', (database) => {
  test('come in order, stand or fall alone, and need few commits', async () => {
    await using storage = await database.open();
    const { knex } = storage;
    await knex.schema.createTable('shared', (table) => {
      table.integer('n').primary();
      table.integer('place');
    });
    let begun = 0;
    knex.on('query', ({ sql }: { readonly sql: string }) => {
      if (sql.startsWith('BEGIN')) begun++;
    });
    const share = groupCommit(knex);
    let place = 0;
    const write = (n: number): Promise<void> =>
      share(async (trx) => {
        await trx('shared').insert({ n: 1000 + n, place: place++ });
        await trx('shared').insert({ n, place: place++ });
      });
    // the second of each number is refused, with all that it has begun
    const settled = await Promise.allSettled([...Array.from({ length: 100 }, (_, n) => write(n)), write(7), write(8)]);
    expect(settled.map(({ status }) => status)).toEqual([...Array(100).fill('fulfilled'), 'rejected', 'rejected']);
    expect(begun).toBeLessThan(6);
    const rows = (await knex('shared').orderBy('place').pluck('n')) as number[];
    expect(rows).toEqual(Array.from({ length: 100 }, (_, n) => [1000 + n, n]).flat());
    await write(200);
    expect(await knex('shared').where({ n: 200 }).first('n')).toEqual({ n: 200 });
    await knex.schema.dropTable('shared');
  });

  test('are all refused when the commit is', async () => {
    const storage = await database.open();
    const share = groupCommit(storage.knex);
    await storage[Symbol.asyncDispose]();
    const settled = await Promise.allSettled([share(() => Promise.resolve()), share(() => Promise.resolve())]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
