import { expect, test } from 'vitest';
import { claimNode } from '../../src/archive/index/node-rows.ts';
import { describeDatabases } from '../support/databases.ts';

const [OURS, THEIRS] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const NOW = 1_790_000_000_000;
const DAY = 86_400_000;

describeDatabases('nodes that archive in one database', (database) => {
  test('have one root key, without which numbers would not be found; logs of one name are told', async () => {
    await using storage = await database.open('node-1');
    const { knex } = storage;
    const claim = async (node: string, indexKey: Uint8Array, origin: string, begun = false) => {
      const others = await claimNode({ knex, node }, { indexKey, origin, begun }, NOW);
      await knex('node').insert({ name: node, seen_at: NOW }).onConflict('name').merge();
      return others;
    };
    const none = { namesakes: [], strangers: [] };
    expect(await claim('node-1', OURS, 'bank.example/1')).toEqual(none);
    expect(await claim('node-1', OURS, 'bank.example/1')).toEqual(none);
    expect(await claim('node-2', OURS, 'bank.example/2')).toEqual(none);
    expect(await claim('node-3', OURS, 'bank.example/1')).toEqual({ namesakes: ['node-1'], strangers: [] });
    await expect(claim('node-4', THEIRS, 'bank.example/4')).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
    expect(await knex('archive_node').pluck('node').orderBy('node')).toEqual(['node-1', 'node-2', 'node-3']);

    // it has archived before an update asked for one root key: its calls are taken all the same
    const strangers = ['node-1', 'node-2', 'node-3'];
    expect(await claim('node-4', THEIRS, 'bank.example/4', true)).toEqual({ namesakes: [], strangers });
    expect(await claim('node-1', OURS, 'bank.example/1', true)).toMatchObject({ strangers: ['node-4'] });
  });

  test('may be called otherwise after a restart: the log of the node that it was is no other one', async () => {
    await using storage = await database.open('container-1');
    const { knex } = storage;
    const claim = (node: string) =>
      claimNode({ knex, node }, { indexKey: OURS, origin: 'bank.example/1', begun: true }, NOW);
    await claim('container-1');
    await knex('node')
      .insert({ name: 'container-1', seen_at: NOW - DAY })
      .onConflict('name')
      .merge();
    expect(await claim('container-2')).toEqual({ namesakes: [], strangers: [] });
  });
});
