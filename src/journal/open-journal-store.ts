import type { Knex } from 'knex';
import type { CallEvent } from '../domain/call-event.ts';
import { IvrError } from '../domain/error.ts';
import type { ExpectedRecording } from '../domain/recording-intent.ts';
import type { Storage } from '../storage/storage.ts';
import { isDuplicateKey, orStorageFailed } from '../storage/storage-failure.ts';
import type { JournalBatch, JournalStore } from './journal-store.ts';
import {
  insertBatch,
  insertWhatIsNew,
  isOneStatement,
  selectCall,
  selectCalls,
  selectElsewhere,
  selectEvents,
  selectRecordings,
  selectUnfinished,
} from './journal-tables.ts';

/** A node that was not heard of for so long is taken to be up no more, and its calls not to be live. */
const SEEN_WITHIN_MS = 60_000;
/** A node that was not heard of for so long will not come back to end its calls: another does it. */
const GONE_AFTER_MS = 86_400_000;

/** What keeps the intents to record: its rows are written in the transaction of the events. */
export interface IntentStore {
  /** Before the transaction. */
  prepare(expected: readonly ExpectedRecording[]): Promise<void>;
  /** Those that are there already are passed over. */
  insert(trx: Knex, expected: readonly ExpectedRecording[]): Promise<void>;
}

const noIntents: IntentStore = {
  prepare: () => Promise.reject(new IvrError('INTERNAL', 'this journal was opened without a store of intents')),
  insert: () => Promise.resolve(),
};

/** The journal's tables in a database whose schema has them (JOURNAL_MIGRATIONS). The database stays its owner's to close. */
export function openJournalStore(
  { knex, dialect, file, node, priority }: Storage,
  intents: IntentStore = noIntents,
): JournalStore {
  return {
    file,
    writeAhead: dialect === 'sqlite',
    // a caller whose call is to be recorded waits for the intent
    commit: (batch) =>
      orStorageFailed(
        'writing the journal',
        (batch.intents ?? []).length === 0 ? commit(batch) : priority.first(() => commit(batch)),
      ),
    calls: (filter) => orStorageFailed('listing calls', selectCalls(knex, filter)),
    call: (contact) => orStorageFailed('reading a call', selectCall(knex, contact)),
    events: (contact) => orStorageFailed('reading the journal', selectEvents(knex, contact)),
    recordings: (contact) => orStorageFailed('reading recordings', selectRecordings(knex, contact)),
    unfinished: () =>
      orStorageFailed('reading unfinished calls', selectUnfinished(knex, node, Date.now() - GONE_AFTER_MS)),
    elsewhere: () => orStorageFailed('listing live calls', selectElsewhere(knex, node, Date.now() - SEEN_WITHIN_MS)),
  };

  async function commit(batch: JournalBatch): Promise<readonly CallEvent[]> {
    const expected = batch.intents ?? [];
    if (expected.length > 0) await intents.prepare(expected);
    try {
      // One statement is a transaction by itself, at a fraction of the price.
      if (isOneStatement(batch)) await insertBatch(knex, batch, node);
      else
        await knex.transaction(async (trx) => {
          await insertBatch(trx, batch, node);
          if (expected.length > 0) await intents.insert(trx, expected);
        });
      return [];
    } catch (thrown) {
      if (!isDuplicateKey(thrown)) throw thrown;
      return knex.transaction(async (trx) => {
        const refused = await insertWhatIsNew(trx, batch, node);
        if (expected.length > 0) await intents.insert(trx, expected);
        return refused;
      });
    }
  }
}
