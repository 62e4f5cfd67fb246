import { openArchiveIndex } from '../archive/index/open-archive-index.ts';
import { IvrError } from '../domain/error.ts';
import { systemClock } from '../lib/clock.ts';
import type { Storage } from '../storage/storage.ts';
import type { Archived } from './check-recordings.ts';

/** What the archive's index says of recordings whose sealed folders are gone. A database of before the archive has none. */
export function archivedIn(storage: Storage): Archived {
  const index = openArchiveIndex(storage, systemClock);
  return async (recording) => {
    const row = await index.find(recording).catch((thrown: unknown) => {
      if (thrown instanceof IvrError && thrown.code === 'STORAGE_FAILED') return undefined;
      throw thrown;
    });
    return row?.state === 'ARCHIVED' || row?.state === 'VERIFIED' ? row.problems : undefined;
  };
}
