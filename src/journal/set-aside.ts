import type { CallEvent } from '../domain/call-event.ts';
import { IvrError } from '../domain/error.ts';
import type { Logger } from '../lib/logger.ts';
import type { JournalSpill } from './journal-spill.ts';
import type { JournalBatch, JournalStore } from './journal-store.ts';

/** A value that a column refuses (SQLITE_CONSTRAINT…, or classes 22 and 23 of PostgreSQL), however often it is tried. */
const FOR_GOOD = /^(?:SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG|RANGE)|2[23][0-9A-Z]{3}$)/;

const isForGood = (thrown: unknown): boolean =>
  thrown instanceof IvrError && thrown.code === 'STORAGE_FAILED' && FOR_GOOD.test(String(thrown.facts['cause'] ?? ''));

/**
 * Commits a batch that waited. What the database will never take of it is kept in a file of its own and told, a call at a time, so that it does not hold up
 * all that comes after it, and the next start.
 *
 * @returns as `JournalStore.commit`
 * @throws IvrError STORAGE_FAILED: the database takes nothing now; what the disk throws
 */
export async function commitOrSetAside(
  store: Pick<JournalStore, 'commit'>,
  batch: JournalBatch,
  aside: JournalSpill,
  logger: Logger,
): Promise<readonly CallEvent[]> {
  try {
    return await store.commit(batch);
  } catch (thrown) {
    if (!isForGood(thrown)) throw thrown;
    const calls = byContact(batch);
    if (calls.size > 1) {
      const passed: CallEvent[] = [];
      for (const one of calls.values()) passed.push(...(await commitOrSetAside(store, one, aside, logger)));
      return passed;
    }
    await aside.append(batch);
    const [contact = ''] = calls.keys();
    const cause = thrown instanceof IvrError ? String(thrown.facts['cause']) : '';
    logger.error(
      { contact, events: batch.events.length, intents: batch.intents?.length ?? 0, cause },
      'the database refuses events of a call for good; they are kept in a file beside it, and the others go on',
    );
    return [];
  }
}

function byContact(batch: JournalBatch): ReadonlyMap<string, JournalBatch> {
  const intents = batch.intents ?? [];
  const contacts = new Set([
    ...[...batch.events, ...batch.calls, ...batch.recordings].map(({ contact }) => String(contact)),
    ...intents.map(({ intent }) => String(intent.contact)),
  ]);
  const of = <T extends { readonly contact: string }>(rows: readonly T[], contact: string): readonly T[] =>
    rows.filter((row) => row.contact === contact);
  return new Map(
    Array.from(contacts, (contact) => [
      contact,
      {
        events: of(batch.events, contact),
        calls: of(batch.calls, contact),
        recordings: of(batch.recordings, contact),
        intents: intents.filter(({ intent }) => intent.contact === contact),
      },
    ]),
  );
}
