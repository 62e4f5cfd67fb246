import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isUuid, type RecordingId } from '../../domain/ids.ts';

/** What has still to be archived, or to be removed: sealed folders by day, and work whose source is gone. @returns the source of each */
export async function leftBehind(
  recordingsDirectory: string,
  workFolder: string,
): Promise<ReadonlyMap<RecordingId, string>> {
  const found = new Map<RecordingId, string>();
  for (const year of await foldersIn(recordingsDirectory, /^\d{4}$/))
    for (const month of await foldersIn(join(recordingsDirectory, year), /^\d{2}$/))
      for (const day of await foldersIn(join(recordingsDirectory, year, month), /^\d{2}$/)) {
        const folder = join(recordingsDirectory, year, month, day);
        for (const name of await foldersIn(folder, /./))
          if (isUuid(name)) found.set(name as RecordingId, join(folder, name));
      }
  for (const name of await foldersIn(workFolder, /./))
    if (isUuid(name) && !found.has(name as RecordingId))
      found.set(name as RecordingId, join(workFolder, name, 'source-is-gone'));
  return found;
}

async function foldersIn(folder: string, like: RegExp): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && like.test(entry.name))
    .map(({ name }) => name)
    .toSorted();
}
