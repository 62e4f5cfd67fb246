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

/** Not heard of for so long, a node is gone, or has another name now. */
const GONE_MS = 86_400_000;

interface Claim {
  /** Under which it hashes numbers and accounts. */
  readonly indexKey: Uint8Array;
  /** Of its log. */
  readonly origin: string;
  /** Something was archived under its root key already: it cannot be exchanged any more. */
  readonly begun: boolean;
}

/** Other nodes of the database, by name. */
interface OtherNodes {
  /** Whose log has the same name, of those that are up or were within a day. */
  readonly namesakes: readonly string[];
  /** That have another root key. */
  readonly strangers: readonly string[];
}

/**
 * Writes down that this node archives here.
 *
 * @param now - Unix time, ms
 * @throws IvrError KEYS_UNREADABLE: another node has another root key, and under this one nothing was archived yet; nothing was written. STORAGE_FAILED
 */
export async function claimNode(
  { knex, node }: Pick<Storage, 'knex' | 'node'>,
  { indexKey, origin, begun }: Claim,
  now: number,
): Promise<OtherNodes> {
  const own = createHash('sha256').update(indexKey).digest('hex');
  const { others, up } = await orStorageFailed(
    'reading who archives here',
    knex.transaction(async (trx) => {
      const rows = await trx('archive_node')
        .whereNot({ node })
        .select<{ node: string; index_key_sha256: string; origin: string }[]>();
      const stranger = rows.find((row) => row.index_key_sha256 !== own);
      if (stranger !== undefined && !begun)
        throw new IvrError(
          'KEYS_UNREADABLE',
          `node ${stranger.node} of this database has another root key, so its calls would not be found here by number or account: move the key folder of this machine away, under whose key nothing was archived yet, and write the root key of ${stranger.node} back in its place (\`tellerline archive keys restore\`)`,
          { node: stranger.node },
        );
      await trx('archive_node').insert({ node, index_key_sha256: own, origin }).onConflict('node').merge();
      const names: string[] = await trx('node')
        .where('seen_at', '>', now - GONE_MS)
        .pluck('name');
      return { others: rows, up: new Set(names) };
    }),
  );
  return {
    namesakes: others.filter((row) => row.origin === origin && up.has(row.node)).map((row) => row.node),
    strangers: others.filter((row) => row.index_key_sha256 !== own).map((row) => row.node),
  };
}
