import { asError, IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import type { WallMs } from '../../domain/units.ts';
import type { BlobRef, BlobState, Blobs, LockMode } from '../blobs/blobs.ts';
import type { ArchiveIndex, IndexedRecording } from '../index/archive-index.ts';
import { findCardNumbers } from '../../redaction/card-numbers.ts';
import { baseOf } from '../pipeline/locations.ts';
import { changeTo, type Protection, sayDifference, wantedProtection } from '../retention/protection.ts';
import type { ReadProtection } from '../retention/protection-rows.ts';
import type { Retention } from '../retention/retention.ts';

export interface ProtectingParts {
  readonly blobs: Pick<Blobs, 'copies'>;
  readonly index: Pick<ArchiveIndex, 'content'>;
  readonly retention: Pick<Retention, 'bases' | 'holds'>;
  /** Of what is verified, and in which nothing was found that may have to go; until then it is GOVERNANCE. */
  readonly finalMode: LockMode;
  readonly wall: () => WallMs;
}

/** How the objects of a recording should be protected now. @throws IvrError STORAGE_FAILED */
export async function protectionFor(
  { id, state }: Pick<IndexedRecording, 'id' | 'state'>,
  { index, retention, finalMode, wall }: Omit<ProtectingParts, 'blobs'>,
): Promise<Protection> {
  const [bases, holds] = [await retention.bases(id), await retention.holds({ recording: id, inForce: true })];
  const final = finalMode === 'COMPLIANCE' && state === 'VERIFIED' && (await isClean(id, index));
  return wantedProtection({ bases, holds: holds.length, mode: final ? 'COMPLIANCE' : 'GOVERNANCE' }, wall());
}

/** Nobody can take it back from then on, so nothing may be in it that has to go. */
async function isClean(id: RecordingId, index: Pick<ArchiveIndex, 'content'>): Promise<boolean> {
  const { segments, spans } = await index.content(id);
  if (spans.some(({ kind, source }) => kind === 'masked' && MAY_HAVE_TO_GO.has(source))) return false;
  return !segments.some(({ text }) => findCardNumbers(text).length > 0);
}
/** Hidden, and still in the audio: a card's security code, or tones of a PIN. */
const MAY_HAVE_TO_GO: ReadonlySet<string> = new Set(['pause-ran-out', 'dtmf']);

export interface ProtectedObjects {
  readonly read: Omit<ReadProtection, 'change'>;
  /** What was different before, in sentences, by object. */
  readonly found: readonly string[];
}

/**
 * Brings every version of every object of a recording, in each store, to what is wanted, and reads it back. Idempotent.
 *
 * @throws IvrError BLOBS_UNREACHABLE, STORAGE_FAILED: nothing can be said
 */
export async function protectObjects(
  row: Pick<IndexedRecording, 'id' | 'state' | 'location'>,
  parts: ProtectingParts,
): Promise<ProtectedObjects> {
  const wanted = await protectionFor(row, parts);
  const found: string[] = [];
  const problems: string[] = [];
  const states: BlobState[] = [];
  for (const store of parts.blobs.copies)
    for await (const { ref, before } of objectsOf(row, store, problems)) {
      const difference = sayDifference(wanted, before);
      if (difference !== undefined) found.push(`${ref.key} in ${store.location}: ${difference}`);
      try {
        states.push(await bringTo(wanted, ref, before, store));
      } catch (thrown) {
        if (isAway(thrown)) throw thrown;
        problems.push(`${ref.key} in ${store.location}: ${asError(thrown).message}`);
        states.push(before);
      }
    }
  return { read: { recording: row.id, ...summary(states), readAt: parts.wall(), problem: problems[0] ?? null }, found };
}

/** What is protected otherwise than wanted; nothing is changed. @throws IvrError BLOBS_UNREACHABLE, STORAGE_FAILED */
export async function protectionProblems(
  row: Pick<IndexedRecording, 'id' | 'state' | 'location'>,
  wanted: Protection,
  blobs: Pick<Blobs, 'copies'>,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const store of blobs.copies)
    for await (const { ref, before } of objectsOf(row, store, problems)) {
      const difference = sayDifference(wanted, before);
      if (difference !== undefined) problems.push(`${ref.key} in ${store.location}: ${difference}`);
    }
  return problems;
}

async function* objectsOf(
  { id, location }: Pick<IndexedRecording, 'id' | 'location'>,
  store: Blobs,
  problems: string[],
): AsyncGenerator<{ readonly ref: BlobRef; readonly before: BlobState }, void, void> {
  let objects = 0;
  for await (const ref of store.list(baseOf(id, location))) {
    objects += 1;
    yield { ref, before: await store.state(ref) };
  }
  if (objects === 0) problems.push(`${store.location} has nothing of it`);
}

/** @returns as the store says afterwards @throws IvrError BLOB_UNPROTECTED, BLOB_LOCKED, BLOB_MISSING, BLOBS_UNREACHABLE */
async function bringTo(wanted: Protection, ref: BlobRef, before: BlobState, store: Blobs): Promise<BlobState> {
  const change = changeTo(wanted, before);
  if (change === undefined) return before;
  // a hold comes first: between the two steps it is protected by both, never by neither
  if (change.legalHold === true) await store.setLegalHold(ref, true);
  if (change.lock !== undefined) await store.lock(ref, change.lock);
  if (change.legalHold === false) await store.setLegalHold(ref, false);
  const after = await store.state(ref);
  const difference = sayDifference(wanted, after);
  if (difference !== undefined)
    throw new IvrError('BLOB_UNPROTECTED', `it was not protected as requested: ${difference}`, { key: ref.key });
  return after;
}

const isAway = (thrown: unknown): boolean => thrown instanceof IvrError && thrown.code === 'BLOBS_UNREACHABLE';

/** Of all its objects: the weakest mode, the latest date (nothing can go before it), and whether any is held. */
function summary(states: readonly BlobState[]): Pick<ReadProtection, 'mode' | 'until' | 'legalHold'> {
  const locks = states.flatMap(({ lock }) => (lock === undefined ? [] : [lock]));
  const [first] = locks.toSorted((a, b) => b.until - a.until);
  return {
    mode:
      first === undefined || locks.length < states.length
        ? null
        : locks.every(({ mode }) => mode === 'COMPLIANCE')
          ? 'compliance'
          : 'governance',
    until: first?.until ?? null,
    legalHold: states.some(({ legalHold }) => legalHold),
  };
}
