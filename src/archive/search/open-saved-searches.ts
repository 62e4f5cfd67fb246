import { IvrError } from '../../domain/error.ts';
import { uuidV7 } from '../../domain/ids.ts';
import { wallMs } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import type { SavedSearch, SavedSearches, SearchQuery } from './search.ts';

interface Row {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly query: string;
  readonly saved_at: number;
}

const LONGEST_NAME = 120;
const MOST_OF_ONE = 200;

const toSaved = ({ id, owner, name, query, saved_at }: Row): SavedSearch => ({
  id,
  owner,
  name,
  query: JSON.parse(query) as SearchQuery,
  savedAt: wallMs(saved_at),
});

/** Each sees and removes his own alone. */
export function openSavedSearches({ knex }: Storage, clock: Pick<Clock, 'wall'>): SavedSearches {
  const rows = () => knex<Row>('archive_saved_search');

  async function save(owner: string, name: string, query: SearchQuery): Promise<SavedSearch> {
    if (name.trim() === '' || name.length > LONGEST_NAME)
      throw new IvrError('SEARCH_INVALID', `the name of a saved search expects 1 to ${LONGEST_NAME} characters`);
    if (query.number !== undefined || query.account !== undefined)
      throw new IvrError(
        'SEARCH_INVALID',
        'a saved search cannot contain a telephone or account number: the database would hold it in the clear',
      );
    const saved_at = clock.wall();
    return knex.transaction(async (trx) => {
      const there = await trx<Row>('archive_saved_search').where({ owner, name }).first();
      const all = await trx<Row>('archive_saved_search').where({ owner }).count({ n: '*' });
      if (there === undefined && Number((all[0] as { n?: unknown } | undefined)?.n) >= MOST_OF_ONE)
        throw new IvrError('SEARCH_INVALID', `${MOST_OF_ONE} searches are saved already; remove one first`);
      const row: Row = { id: there?.id ?? uuidV7(saved_at), owner, name, query: JSON.stringify(query), saved_at };
      await trx<Row>('archive_saved_search').insert(row).onConflict(['owner', 'name']).merge(['query', 'saved_at']);
      return toSaved(row);
    });
  }

  async function remove(owner: string, id: string): Promise<void> {
    if ((await rows().where({ owner, id }).delete()) === 0)
      throw new IvrError('NOT_FOUND', 'you have no saved search with this id');
  }

  return {
    save: (owner, name, query) => orStorageFailed('saving a search', save(owner, name, query)),
    of: (owner) =>
      orStorageFailed(
        'reading saved searches',
        rows()
          .where({ owner })
          .orderBy('name')
          .then((found) => found.map(toSaved)),
      ),
    remove: (owner, id) => orStorageFailed('removing a saved search', remove(owner, id)),
  };
}
