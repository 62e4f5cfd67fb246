import { createHash } from 'node:crypto';
import { IvrError } from '../../domain/error.ts';
import type { Migration } from '../../storage/migrations.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';

/* Which nodes write the archive of one database. They have the same root key: numbers and accounts are found under a key that is derived from it. */

export const ARCHIVE_NODE_MIGRATIONS: readonly Migration[] = [
  {
    name: 'archive-0009-node',
    up: (knex) =>
      knex.raw(
        'create table archive_node (node text primary key, index_key_sha256 text not null, origin text not null)',
      ),
    down: (knex) => knex.schema.dropTable('archive_node'),
  },
];

/**
 * Writes down that this node archives here.
 *
 * @param indexKey - under which it hashes numbers and accounts
 * @param origin - of its log
 * @returns the other nodes whose log has the same name
 * @throws IvrError KEYS_UNREADABLE: the others have another root key, and nothing was written; STORAGE_FAILED
 */
export async function claimNode(
  { knex, node }: Pick<Storage, 'knex' | 'node'>,
  { indexKey, origin }: { readonly indexKey: Uint8Array; readonly origin: string },
): Promise<readonly string[]> {
  const own = createHash('sha256').update(indexKey).digest('hex');
  const others = await orStorageFailed(
    'reading who archives here',
    knex.transaction(async (trx) => {
      const rows = await trx('archive_node')
        .whereNot({ node })
        .select<{ node: string; index_key_sha256: string; origin: string }[]>();
      const foreign = rows.find((row) => row.index_key_sha256 !== own);
      if (foreign !== undefined)
        throw new IvrError(
          'KEYS_UNREADABLE',
          `node ${foreign.node} of this database has another root key, so its calls would not be found here by number or account: write its root key back on this machine before the first start (\`tellerline archive keys restore\`)`,
          { node: foreign.node },
        );
      await trx('archive_node').insert({ node, index_key_sha256: own, origin }).onConflict('node').merge();
      return rows;
    }),
  );
  return others.filter((row) => row.origin === origin).map((row) => row.node);
}
