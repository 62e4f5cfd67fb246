import type { RecordingId } from '../../domain/ids.ts';
import type { Blobs } from '../blobs/blobs.ts';
import { isOfStore, type StoredRecording, type VerifiedParts, verifyStored } from './verify-stored.ts';

/** What was found of a recording in one store. */
export interface VerifiedCopy {
  readonly store: Blobs;
  /** As `verifyStored` says them. */
  readonly problems: readonly string[];
}

/**
 * Reads a recording back from each store that has a copy of it.
 *
 * @param stored - in the first store; the other's objects are found by their keys
 * @throws IvrError BLOBS_UNREACHABLE: nothing can be said
 */
export async function readCopies(
  recording: RecordingId,
  stored: StoredRecording,
  parts: VerifiedParts,
): Promise<readonly VerifiedCopy[]> {
  const found: VerifiedCopy[] = [];
  for (const [n, store] of parts.blobs.copies.entries()) {
    const own = n === 0 ? stored : await inStore(stored, store);
    const problems =
      'missing' in own
        ? [`archive: ${own.missing} is not in the store`]
        : await verifyStored(recording, own, { ...parts, blobs: store });
    found.push({ store, problems });
  }
  return found;
}

/** All copies: what is wrong with any of them, the copy named where there are two. @throws IvrError BLOBS_UNREACHABLE */
export async function verifyCopies(
  recording: RecordingId,
  stored: StoredRecording,
  parts: VerifiedParts,
): Promise<readonly string[]> {
  return problemsOf(await readCopies(recording, stored, parts));
}

/** Of all copies together. What is missing of the call is missing in all, and said once. */
export function problemsOf(copies: readonly VerifiedCopy[]): readonly string[] {
  const [only, ...others] = copies;
  if (only === undefined || others.length === 0) return only?.problems ?? [];
  const named = copies.flatMap(({ store, problems }) =>
    problems.map((problem) => (isOfStore(problem) ? `${problem} (${store.location})` : problem)),
  );
  return [...new Set(named)];
}

async function inStore(
  { audio, pack, leafIndex }: StoredRecording,
  store: Blobs,
): Promise<StoredRecording | { readonly missing: string }> {
  const [there, packThere] = [await store.find(audio.key), await store.find(pack.key)];
  if (there === undefined) return { missing: audio.key };
  if (packThere === undefined) return { missing: pack.key };
  return { audio: { ...audio, ...there }, pack: packThere, leafIndex };
}
