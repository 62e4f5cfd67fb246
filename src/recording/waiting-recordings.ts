import { listFormerSpools } from './former-spool/former-spools.ts';
import { listSegments, openSegment } from './spool/spool-folders.ts';
import { listSegment } from './spool/survey-segment.ts';

/**
 * The recordings that lie in the spool, sealed not yet. Needs no key.
 *
 * @param folders - the spool, and the places that it spills to; one that is not there holds nothing
 */
export async function waitingRecordings(folders: readonly string[]): Promise<ReadonlySet<string>> {
  const waiting = new Set((await listFormerSpools(folders)).keys());
  const released = new Set<string>();
  for (const { name, folder } of await listSegments(folders)) {
    await using segment = await openSegment(folder, name);
    if (segment === undefined || segment.head === 'erased') continue;
    const found = await listSegment(segment);
    for (const recording of found.recordings) waiting.add(recording);
    for (const recording of found.released) released.add(recording);
  }
  for (const recording of released) waiting.delete(recording);
  return waiting;
}
