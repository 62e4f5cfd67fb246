import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordingId } from '../../domain/ids.ts';
import { removeSealedFolder } from '../../recording/sealed-folder.ts';
import type { IndexedRecording } from '../index/archive-index.ts';
import type { ArchiveParts } from './archive-parts.ts';
import { isOfStore } from './verify-stored.ts';

/* What becomes of a sealed folder once the archive has its copy. */

export interface SourceOptions {
  /** On this machine's disk; a folder for each recording under way. */
  readonly workFolder: string;
  /** How long the sealed folder stays after the archive's copy was read back; 0: no longer. */
  readonly keepSealedMs: number;
}

type Parts = Pick<ArchiveParts, 'index' | 'wall'>;

/** An earlier run got to its end, and the copy is proven: what is left is the sealed folder, for as long as it is kept. */
export async function isDone(recording: RecordingId, work: string, { index }: Pick<Parts, 'index'>): Promise<boolean> {
  const row = await index.find(recording);
  if (row === undefined || !wasReadBack(row) || isDoubtful(row)) return false;
  return (await stat(work).catch(() => undefined)) === undefined;
}

const isDoubtful = ({ state, problems }: Pick<IndexedRecording, 'state' | 'problems'>): boolean =>
  state !== 'DESTROYED' && problems.some(isOfStore);

/** Whether the archive's copy was read back; what was found then is in its problems. */
const wasReadBack = ({ state, problems }: Pick<IndexedRecording, 'state' | 'problems'>): boolean =>
  state === 'VERIFIED' || state === 'DESTROYED' || (state === 'ARCHIVED' && problems.length > 0);

/**
 * For a recording whose archiving came to its end: the last step again, now that time has passed. Nothing happens to one
 * whose sealed folder may not go yet.
 *
 * @returns false: it is not archived, or not proven
 * @throws IvrError STORAGE_FAILED
 */
export async function removeSourceWhenDue(
  recording: RecordingId,
  source: string,
  parts: Parts,
  options: SourceOptions,
): Promise<boolean> {
  if (!(await isDone(recording, join(options.workFolder, recording), parts))) return false;
  await removeSource(recording, source, parts, options);
  return true;
}

/** Once its time is over, and never before the archive's copy was read back, nor while that copy is in doubt. */
export async function removeSource(
  recording: RecordingId,
  source: string,
  { index, wall }: Parts,
  { keepSealedMs }: Pick<SourceOptions, 'keepSealedMs'>,
): Promise<void> {
  const row = await index.find(recording);
  if (row === undefined || !wasReadBack(row)) return;
  const over = row.state === 'DESTROYED' || wall() - row.stateSince >= keepSealedMs;
  if (over && !isDoubtful(row)) await removeSealedFolder(source);
}
