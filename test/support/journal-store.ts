import type { Knex } from 'knex';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import type { JournalStore } from '../../src/journal/journal-store.ts';
import { openJournalStore } from '../../src/journal/open-journal-store.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStorage } from '../../src/storage/open-storage.ts';

/** The journal's tables in a SQLite file that is opened for it and closed with it. */
export async function openStoreIn(file: string): Promise<JournalStore & AsyncDisposable & { readonly knex: Knex }> {
  const storage = await openStorage({ file, migrations: MIGRATIONS }, silentLogger);
  return {
    ...openJournalStore(storage),
    knex: storage.knex,
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}
