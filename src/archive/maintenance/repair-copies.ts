import type { RecordingId } from '../../domain/ids.ts';
import type { BlobRef, Blobs } from '../blobs/blobs.ts';
import { digestOfBlob } from '../blobs/content.ts';
import type { ArchiveIndex, IndexedRecording } from '../index/archive-index.ts';
import { baseOf } from '../pipeline/locations.ts';
import { problemsOf, readCopies } from '../pipeline/verify-copies.ts';
import { isOfStore, type StoredRecording, type VerifiedParts } from '../pipeline/verify-stored.ts';
import { copyBlob } from './copy-blob.ts';

export interface RepairParts extends VerifiedParts {
  readonly index: Pick<ArchiveIndex, 'advance'>;
  readonly wall: () => number;
}

/**
 * What one store has and another lacks is copied to it, protected alike. No content is read but that which is copied.
 *
 * @param prefix - of the keys
 * @returns the keys that were copied, each with where to
 * @throws IvrError what the stores throw
 */
export async function copyMissing(
  prefix: string,
  { copies }: Pick<Blobs, 'copies'>,
  wall: () => number,
): Promise<readonly string[]> {
  const copied: string[] = [];
  for (const from of copies)
    for (const to of copies) {
      if (to === from) continue;
      for await (const ref of from.list(prefix)) {
        if ((await to.find(ref.key)) !== undefined) continue;
        await copyBlob(ref, await from.state(ref), { from, to, wall });
        copied.push(`${ref.key} to ${to.location}`);
      }
    }
  return copied;
}

export interface Repaired {
  /** What is still wrong. */
  readonly problems: readonly string[];
  /** Sentences, for people. */
  readonly repaired: readonly string[];
}

/**
 * Reads every copy of a recording back, and makes one that is damaged or missing anew from one that is whole.
 *
 * @throws IvrError what the stores throw
 */
export async function repairCopies(
  row: IndexedRecording,
  stored: StoredRecording,
  parts: RepairParts,
): Promise<Repaired> {
  const found = await readCopies(row.id, stored, parts);
  const bad = found.filter(({ problems }) => problems.some(isOfStore));
  const whole = found.find(({ problems }) => !problems.some(isOfStore))?.store;
  if (bad.length === 0 || whole === undefined) return { problems: problemsOf(found), repaired: [] };
  const repaired: string[] = [];
  let audio = stored.audio;
  for (const { store } of bad)
    for await (const ref of whole.list(baseOf(row.id, row.location))) {
      if ((await whole.find(ref.key))?.version !== ref.version) continue; // a later version took its place
      const there = await store.find(ref.key);
      if (there !== undefined && (await sha256Of(store, there)) === (await sha256Of(whole, ref))) continue;
      const state = await whole.state(ref);
      const made = await copyBlob(ref, state, { from: whole, to: store, wall: parts.wall }, there !== undefined);
      repaired.push(`${ref.key} in ${store.location} was restored from ${whole.location}`);
      if (ref.key === audio.key && store === parts.blobs.copies[0]) audio = made;
    }
  const problems = problemsOf(await readCopies(row.id, { ...stored, audio }, parts));
  await note(row.id, row, audio.version, problems, parts.index);
  return { problems, repaired };
}

const sha256Of = async (store: Blobs, ref: BlobRef): Promise<string> => (await digestOfBlob(store, ref)).sha256;

/** Where it lies now; and that it is proven again, if that is all that was wrong. */
async function note(
  id: RecordingId,
  { state, versionId }: IndexedRecording,
  version: string,
  problems: readonly string[],
  index: Pick<ArchiveIndex, 'advance'>,
): Promise<void> {
  if (state !== 'ARCHIVED' && state !== 'VERIFIED') return;
  const proven = problems.length === 0 && state === 'ARCHIVED';
  if (versionId === version && !proven) return;
  await index.advance(id, proven ? 'VERIFIED' : state, { versionId: version, ...(proven ? { problems: [] } : {}) });
}
