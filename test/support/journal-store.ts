import type { Knex } from 'knex';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { openIntentRows } from '../../src/archive/index/intent-rows.ts';
import type { JournalStore } from '../../src/journal/journal-store.ts';
import { openJournalStore } from '../../src/journal/open-journal-store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';

/** The journal's tables in a database, which is closed with them. */
export const storeOn = (storage: Storage): JournalStore & AsyncDisposable & { readonly knex: Knex } => ({
  ...openJournalStore(storage, openIntentRows(storage, systemClock)),
  knex: storage.knex,
  [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
});

/** The journal's tables in a SQLite file that is opened for it and closed with it. */
export async function openStoreIn(file: string): Promise<JournalStore & AsyncDisposable & { readonly knex: Knex }> {
  return storeOn(await openStorage({ file, migrations: MIGRATIONS }, silentLogger));
}
