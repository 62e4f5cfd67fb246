import type { ContactId } from '../domain/ids.ts';
import { seconds } from '../domain/units.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { Clock } from '../lib/clock.ts';
import { deferred } from '../lib/deferred.ts';

/** A call is over soon after its recording is sealed; whatever has not been noted by then is not waited for. */
const END_DEADLINE = seconds(10);

/** Waits for the end of a call that has none yet, and until what is known of it is in the database. @throws IvrError STORAGE_FAILED */
export async function callIsOver(
  contact: ContactId,
  journal: Pick<Journal, 'subscribe' | 'flush' | 'stored' | 'isOver'>,
  store: Pick<JournalStore, 'call'>,
  clock: Pick<Clock, 'after'>,
): Promise<void> {
  const ended = deferred<void>();
  const cancel = clock.after(END_DEADLINE, () => ended.resolve());
  const unsubscribe = journal.subscribe((event) => {
    if (event.contact === contact && event.type === 'call-ended') ended.resolve();
  });
  try {
    if (!(journal.isOver(contact) ?? (await overInStore()))) await ended.promise;
  } finally {
    cancel();
    unsubscribe();
  }
  await journal.stored();

  async function overInStore(): Promise<boolean> {
    await journal.flush();
    return (await store.call(contact))?.ended_at !== null;
  }
}
