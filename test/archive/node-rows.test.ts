import { expect, test } from 'vitest';
import { claimNode } from '../../src/archive/index/node-rows.ts';
import { describeDatabases } from '../support/databases.ts';

const [OURS, THEIRS] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

describeDatabases('nodes that archive in one database', (database) => {
  test('have one root key, without which numbers would not be found; logs of one name are told', async () => {
    await using storage = await database.open('node-1');
    const { knex } = storage;
    const claim = (node: string, indexKey: Uint8Array, origin: string) =>
      claimNode({ knex, node }, { indexKey, origin });
    expect(await claim('node-1', OURS, 'bank.example/1')).toEqual([]);
    expect(await claim('node-1', OURS, 'bank.example/1')).toEqual([]);
    expect(await claim('node-2', OURS, 'bank.example/2')).toEqual([]);
    expect(await claim('node-3', OURS, 'bank.example/1')).toEqual(['node-1']);
    await expect(claim('node-4', THEIRS, 'bank.example/4')).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
    expect(await knex('archive_node').pluck('node').orderBy('node')).toEqual(['node-1', 'node-2', 'node-3']);
  });
});
