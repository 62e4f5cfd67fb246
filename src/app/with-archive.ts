import { openIntentRows } from '../archive/index/intent-rows.ts';
import type { Config } from '../config/schema.ts';
import { openJournal } from '../journal/journal.ts';
import { openJournalStore } from '../journal/open-journal-store.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { Scope } from '../lib/scope.ts';
import { openStorage } from '../storage/open-storage.ts';
import { runArchiveCommand } from './archive-commands.ts';
import { archivePlaces } from './archive-places.ts';
import { type ArchiveRequest, askArchive } from './archive-socket.ts';
import { MIGRATIONS } from './migrations.ts';
import { openArchive } from './open-archive.ts';
import { storageOptions } from './storage-options.ts';

/**
 * Runs a command on the archive: in the server that has it, or here, under the lock that the server would take.
 *
 * @returns the exit status
 * @throws IvrError what the command throws; STORAGE_FAILED when a server has the database and does not answer
 */
export async function withArchive(
  config: Config,
  request: ArchiveRequest,
  print: (line: string) => void,
): Promise<number> {
  const answered = await askArchive(archivePlaces(config).socket, request, print);
  if (answered !== undefined) return answered;
  const scope = new Scope();
  try {
    const storage = scope.use(
      await openStorage({ ...(await storageOptions(config)), migrations: MIGRATIONS }, silentLogger),
    );
    // what a killed server has not brought to the database: a move would leave it behind
    scope.use(
      await openJournal(openJournalStore(storage, openIntentRows(storage, systemClock)), systemClock, silentLogger),
    );
    // a command looks and mends; whether the server may start without a backup is not its matter
    const relaxed = {
      ...config,
      archive: { ...config.archive, keys: { ...config.archive.keys, require_backup: false } },
    };
    return await runArchiveCommand(await openArchive(relaxed, storage, scope, silentLogger), request, print);
  } finally {
    await scope.close();
  }
}
