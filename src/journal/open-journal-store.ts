import type { CallEvent } from '../domain/call-event.ts';
import type { Storage } from '../storage/storage.ts';
import { isDuplicateKey, orStorageFailed } from '../storage/storage-failure.ts';
import type { JournalBatch, JournalStore } from './journal-store.ts';
import {
  insertBatch,
  insertWhatIsNew,
  isOneStatement,
  selectCall,
  selectCalls,
  selectEvents,
  selectRecordings,
  selectUnfinished,
} from './journal-tables.ts';

/** The journal's tables in a database whose schema has them (JOURNAL_MIGRATIONS). The database stays its owner's to close. */
export function openJournalStore({ knex, file }: Storage): JournalStore {
  return {
    file,
    commit: (batch) => orStorageFailed('writing the journal', commit(batch)),
    calls: (filter) => orStorageFailed('listing calls', selectCalls(knex, filter)),
    call: (contact) => orStorageFailed('reading a call', selectCall(knex, contact)),
    events: (contact) => orStorageFailed('reading the journal', selectEvents(knex, contact)),
    recordings: (contact) => orStorageFailed('reading recordings', selectRecordings(knex, contact)),
    unfinished: () => orStorageFailed('reading unfinished calls', selectUnfinished(knex)),
  };

  async function commit(batch: JournalBatch): Promise<readonly CallEvent[]> {
    try {
      // One statement is a transaction by itself, at a fraction of the price.
      if (isOneStatement(batch)) await insertBatch(knex, batch);
      else await knex.transaction((trx) => insertBatch(trx, batch));
      return [];
    } catch (thrown) {
      if (!isDuplicateKey(thrown)) throw thrown;
      return knex.transaction((trx) => insertWhatIsNew(trx, batch));
    }
  }
}
