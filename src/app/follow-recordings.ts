import type { ArchiveIndex } from '../archive/index/archive-index.ts';
import { asError } from '../domain/error.ts';
import type { RecordingId } from '../domain/ids.ts';
import { ms } from '../domain/units.ts';
import type { Journal } from '../journal/journal.ts';
import type { CancelTimer, Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';

/** Nobody waits for it, and calls that begin together are one statement. */
const GATHERED = ms(500);

/** A recording that has begun is OPEN in the index. Closing it writes what is still to be written. */
export function followRecordings(
  journal: Pick<Journal, 'subscribe' | 'stored'>,
  index: Pick<ArchiveIndex, 'begin'>,
  clock: Pick<Clock, 'after'>,
  logger: Logger,
): AsyncDisposable {
  let begun: RecordingId[] = [];
  let cancel: CancelTimer | undefined;
  let writing: Promise<void> = Promise.resolve();
  function write(): void {
    cancel = undefined;
    const ids = begun;
    begun = [];
    writing = writing
      .then(() => journal.stored()) // with the intents
      .then(() => index.begin(ids))
      .catch((thrown: unknown) =>
        // the seal tells more, and the reconciler looks at the journal
        logger.warn({ recordings: ids.length }, 'the index could not be told that recordings began', asError(thrown)),
      );
  }
  const unsubscribe = journal.subscribe((event) => {
    if (event.type !== 'recording-started') return;
    begun.push(event.recording);
    cancel ??= clock.after(GATHERED, write);
  });
  return {
    async [Symbol.asyncDispose]() {
      unsubscribe();
      cancel?.();
      if (begun.length > 0) write();
      await writing;
    },
  };
}
