import { asError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import type { Blobs } from '../blobs/blobs.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { ArchiveIndex, IndexedRecording } from '../index/archive-index.ts';
import { AUDIO_SUFFIX, PACK_SUFFIX, packOf } from '../pipeline/locations.ts';
import { verifyCopies } from '../pipeline/verify-copies.ts';
import type { StoredRecording, VerifiedParts } from '../pipeline/verify-stored.ts';
import type { Protection } from '../retention/protection.ts';
import { protectionProblems } from './protect-objects.ts';
import { copyMissing, repairCopies } from './repair-copies.ts';
import { SEGMENT_FOLDER, SEGMENT_SUFFIX } from './retention-segment.ts';
import { readRecords } from './retention-store.ts';

export interface ArchiveFinding {
  readonly recording: string;
  /** What is wrong, in sentences; none: it was read back whole. */
  readonly problems: readonly string[];
  /** What was mended, in sentences; absent: nothing. */
  readonly repaired?: readonly string[];
  /** The node that recorded it, and alone has its key: nothing was read. */
  readonly elsewhere?: string;
}

export interface CheckedParts extends VerifiedParts {
  readonly keys: KeyStore;
  readonly index: ArchiveIndex;
  /** Of this server, where several share the index. */
  readonly node?: string;
  /** How its objects should be protected; undefined: that has just changed, and is being carried out. */
  readonly protectionOf: (row: IndexedRecording) => Promise<Protection | undefined>;
  /** Unix time, ms. */
  readonly wall: () => number;
}

export interface FsckOptions {
  /** A copy that is damaged or missing is made anew from one that is whole. */
  readonly repair: boolean;
}

const PAGE = 500;

/**
 * Reads the whole archive back: every recording of the index from its store, and every object of the store in the index.
 *
 * @throws IvrError BLOBS_UNREACHABLE, STORAGE_FAILED
 */
export async function* fsck(
  parts: CheckedParts,
  options: FsckOptions = { repair: false },
): AsyncGenerator<ArchiveFinding, void, void> {
  const repaired = options.repair ? await copyMissing(SEGMENT_FOLDER, parts.blobs, parts.wall) : [];
  if (repaired.length > 0)
    yield { recording: SEGMENT_FOLDER, problems: [], repaired: repaired.map((what) => `${what} was copied`) };
  for await (const row of rowsOf(parts.index)) {
    if (row.state === 'ARCHIVED' || row.state === 'VERIFIED')
      yield (await isElsewhere(row, parts))
        ? { recording: row.id, problems: [], elsewhere: row.node }
        : await checkRecording(row, parts, options);
    else if (row.state === 'MISSING') yield { recording: row.id, problems: [row.stateReason ?? 'it is missing'] };
    else if (row.state === 'DESTROYED') yield { recording: row.id, problems: await leftOf(row, parts) };
  }
  for (const { key, problem } of (await readRecords(parts, undefined)).problems)
    yield { recording: key, problems: [problem] };
  yield* strangers(parts.index, parts.blobs);
}

/** Newest first, a page at a time. */
export async function* rowsOf(index: ArchiveIndex): AsyncGenerator<IndexedRecording, void, void> {
  let before: RecordingId | undefined;
  for (;;) {
    const page = await index.list({ limit: PAGE, ...(before === undefined ? {} : { before }) });
    yield* page;
    before = page.at(-1)?.id;
    if (page.length < PAGE || before === undefined) return;
  }
}

/** One recording read back from each store. @throws IvrError BLOBS_UNREACHABLE */
export async function checkRecording(
  row: IndexedRecording,
  parts: CheckedParts,
  { repair }: FsckOptions,
): Promise<ArchiveFinding> {
  const recording = row.id;
  if (await isElsewhere(row, parts))
    return {
      recording,
      problems: [`archive: manifest: node ${row.node} recorded it, and alone has its key: verify it there`],
    };
  const stored = await whereItLies(row, parts.blobs);
  if ('problem' in stored) return { recording, problems: [stored.problem] };
  const { problems, repaired } = repair
    ? await repairCopies(row, stored, parts)
    : { problems: await verifyCopies(recording, stored, parts), repaired: [] };
  const wanted = await parts.protectionOf(row);
  const different = wanted === undefined ? [] : await protectionProblems(row, wanted, parts.blobs);
  const protection = different.map((problem) => `archive: protection: ${problem}`);
  return { recording, problems: [...problems, ...protection], ...(repaired.length === 0 ? {} : { repaired }) };
}

/** Each node of a database keeps the keys of what it recorded. */
const isElsewhere = async (
  { id, node }: Pick<IndexedRecording, 'id' | 'node'>,
  { node: own, keys }: Pick<CheckedParts, 'node' | 'keys'>,
): Promise<boolean> => own !== undefined && node !== own && !(await keys.has(id)) && !(await keys.isDestroyed(id));

async function whereItLies(
  { location, versionId, sha256, bytes, leafIndex }: IndexedRecording,
  blobs: Blobs,
): Promise<StoredRecording | { readonly problem: string }> {
  if (location === null || sha256 === null || leafIndex === null)
    return { problem: 'the index does not say where it lies' };
  const pack = await blobs.find(packOf(location));
  if (pack === undefined) return { problem: `archive: ${packOf(location)} is not in the store` };
  return { audio: { key: location, version: versionId ?? '1', bytes: bytes ?? 0, sha256 }, pack, leafIndex };
}

async function leftOf({ id, location }: IndexedRecording, { keys, blobs }: CheckedParts): Promise<readonly string[]> {
  const left: string[] = [];
  if (await keys.has(id)) left.push('it was destroyed, and its secret is still there');
  if (location !== null && (await blobs.find(location)) !== undefined)
    left.push('it was destroyed, and its object is still in the store');
  return left;
}

async function* strangers(index: ArchiveIndex, blobs: Blobs): AsyncGenerator<ArchiveFinding, void, void> {
  const RECORDING = /\/([0-9a-f-]{36})[^/]*$/;
  for await (const { key } of blobs.list('')) {
    if (key.startsWith(SEGMENT_FOLDER) && key.endsWith(SEGMENT_SUFFIX)) continue;
    const [, id] = RECORDING.exec(key) ?? [];
    if (id === undefined)
      yield { recording: key, problems: ['the store holds it, but it is not a recording of this archive'] };
    else if (
      key.endsWith(PACK_SUFFIX) &&
      (await index.find(id as RecordingId).catch((thrown: unknown) => asError(thrown))) === undefined
    )
      yield { recording: id, problems: ['it lies in the store and is not in the index: `tellerline archive rebuild`'] };
    else if (!key.endsWith(PACK_SUFFIX) && !key.endsWith(AUDIO_SUFFIX))
      yield { recording: id, problems: [`the store holds ${key}, which is not an object of this archive`] };
  }
}
