import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { IvrError, systemCode } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { type WallMs, wallMs } from '../../domain/units.ts';
import { makeFolder, syncFolder } from '../../lib/durable-folder.ts';
import { MANIFEST_NAME, type Manifest, parseManifest } from '../../recording/manifest.ts';
import { openSealedFolder, type SealedKeys } from '../../recording/sealed-folder.ts';
import type { Blobs, StoredBlob } from '../blobs/blobs.ts';
import { digestOfBlob } from '../blobs/content.ts';
import type { ArchivePack } from './archive-pack.ts';
import type { ArchiveParts } from './archive-parts.ts';
import { intentOf, sealedFacts } from './describe-sealed.ts';
import { leavesOf } from './evidence-leaves.ts';
import { type Locations, locationsOf } from './locations.ts';
import { makePack } from './make-pack.ts';
import { packFile, readPackFile, readStoredPack } from './pack-file.ts';
import { damaged } from './read-wav.ts';
import { isDone, removeSource, type SourceOptions } from './remove-source.ts';
import { verifyCopies } from './verify-copies.ts';
import { isOfStore } from './verify-stored.ts';

export interface ArchiveOptions extends SourceOptions {
  /** Of sealed folders that are encrypted. */
  readonly sealedKeys?: SealedKeys | undefined;
  readonly software: string;
  /** A copy that cannot be proven is an error, so that the next attempt reads it back again. Default: it is said in the index. */
  readonly readBackAgain?: boolean;
  readonly onStep?: (step: ArchiveStep) => void | Promise<void>;
}

/** The boundaries between which a crash may fall: whatever was done is found again, and nothing is done twice. */
export const ARCHIVE_STEPS = [
  'indexed',
  'encoded',
  'packed',
  'stored',
  'logged',
  'archived',
  'verified',
  'source-removed',
  'done',
] as const;
export type ArchiveStep = (typeof ARCHIVE_STEPS)[number];

/** A store wants a date to come: a recording whose term is over at its archiving is kept for a day. */
const SHORTEST_LOCK_MS = 86_400_000;

/**
 * Takes a sealed recording through all steps: into the index, encoded and encrypted, its manifest signed, into the store, into the log, read
 * back. Idempotent, and resumed by being called again; what a step has made durable is used and not made anew.
 *
 * @param source - the sealed folder; it may be gone when an earlier run got that far
 * @returns what keeps it from being VERIFIED; none: it is
 * @throws IvrError what any of the parts throws, and READ_BACK_FAILED; the recording then waits where it is
 */
export async function archiveRecording(
  recording: RecordingId,
  source: string,
  parts: ArchiveParts,
  options: ArchiveOptions,
): Promise<readonly string[]> {
  const { index, log } = parts;
  const step = async (name: ArchiveStep): Promise<void> => options.onStep?.(name);
  const work = join(options.workFolder, recording);

  if (await isDone(recording, work, parts)) {
    await removeSource(recording, source, parts, options);
    return [];
  }
  const sealed = await readSealed(source);
  if (sealed !== undefined) await enterIndex(recording, sealed.manifest, parts);
  await step('indexed');

  const pack = await packOf(recording, source, sealed, work, parts, options, step);
  if (pack === undefined) return []; // nothing of it is left to do
  await step('packed');

  const at = pack.locations;
  const lock = lockOf(pack.value, parts.wall());
  const audio = await put(parts.blobs, at.audio, join(work, 'audio.rec'), lock);
  for (const { track, location } of pack.value.tracks)
    await put(parts.blobs, location, join(work, `${track}.rec`), lock);
  const stored = await put(parts.blobs, at.pack, packFile(work), lock);
  await step('stored');

  // at once, so that they stand next to each other
  const [leafIndex = 0] = await Promise.all(leavesOf(pack.value, log.hash).map((leaf) => log.append(leaf)));
  await step('logged');

  const found = await index.find(recording);
  if (found === undefined) await index.expect(pack.value.intent);
  if (found === undefined || !['ARCHIVED', 'VERIFIED', 'DESTROYED'].includes(found.state)) {
    // not before it is described: terms by event go by the accounts that it is about
    await parts.retain(recording);
    await index.advance(recording, 'ARCHIVED', {
      // known since it was sealed: nothing that it is found by changes
      ...(found?.durationMs === pack.value.sealed.durationMs ? {} : pack.value.sealed),
      location: at.audio,
      versionId: audio.version,
      bytes: audio.bytes,
      sha256: audio.sha256,
      manifestSha256: createHash('sha256').update(pack.value.manifest.text).digest('hex'),
      keyEpoch: pack.key.epoch,
      wrappedKey: pack.key.wrapped,
      lockMode: 'governance',
      lockUntil: lock.until,
      leafIndex,
      problems: [],
    });
  }
  await step('archived');

  const problems = await verifyCopies(recording, { audio, pack: stored, leafIndex }, parts);
  const unproven = problems.find(isOfStore);
  if (unproven !== undefined && options.readBackAgain === true)
    throw new IvrError('READ_BACK_FAILED', `recording ${recording} was stored but cannot be proven: ${unproven}`, {
      recording,
    });
  await index.advance(recording, problems.length > 0 ? 'ARCHIVED' : 'VERIFIED', { problems });
  await step('verified');

  await removeSource(recording, source, parts, options);
  await step('source-removed');
  await rm(work, { recursive: true, force: true });
  await step('done');
  return problems;
}

interface Sealed {
  readonly manifest: Manifest;
  /** As it lies in the folder. */
  readonly text: string;
}

/** Undefined: the folder is gone. @throws IvrError RECORDING_DAMAGED */
async function readSealed(source: string): Promise<Sealed | undefined> {
  let text: string;
  try {
    text = await readFile(join(source, MANIFEST_NAME), 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
  const manifest = parseManifest(text);
  if ('problem' in manifest) throw damaged(source, manifest.problem);
  return { manifest, text };
}

async function enterIndex(recording: RecordingId, manifest: Manifest, { index }: ArchiveParts): Promise<void> {
  const known = await index.find(recording);
  if (known === undefined) await index.expect(intentOf(manifest));
  if (known === undefined || ['EXPECTED', 'OPEN', 'MISSING', 'SEALED'].includes(known.state))
    await index.advance(recording, 'SEALED', sealedFacts(manifest));
}

interface FoundPack {
  readonly value: ArchivePack;
  readonly key: { readonly epoch: string; readonly wrapped: string };
  readonly locations: Locations;
}

/** The pack of an earlier run, from the disk or from the store; else a new one. Undefined: neither source nor work is left. */
async function packOf(
  recording: RecordingId,
  source: string,
  sealed: Sealed | undefined,
  work: string,
  parts: ArchiveParts,
  options: ArchiveOptions,
  step: (name: ArchiveStep) => Promise<void>,
): Promise<FoundPack | undefined> {
  const { keys, blobs } = parts;
  const known = await readPackFile(work, recording, keys);
  if (known !== undefined) return { ...known, locations: placesOf(recording, known.value, known.key.epoch) };
  if (sealed === undefined) return undefined;
  const kept = sealed.manifest.retention.class;
  const startedAt = wallMs(Date.parse(sealed.manifest.started_at));
  const { epoch } = (await keys.createDataKey(recording, kept, startedAt)).wrapped;
  const locations = locationsOf(recording, folderOf(epoch), startedAt);
  const there = await readStoredPack(blobs, locations.pack, recording, keys);
  if (there !== undefined) return { ...there, locations };
  await rm(work, { recursive: true, force: true });
  await makeFolder(work);
  await syncFolder(options.workFolder);
  const made = await makePack(
    {
      recording,
      folder: await openSealedFolder(source, options.sealedKeys),
      ...sealed,
      work,
      locations,
      software: options.software,
    },
    parts,
    () => step('encoded'),
  );
  return { ...made, locations };
}

/** The class of an epoch is the folder of its recordings. */
const folderOf = (epoch: string): string => epoch.slice(0, epoch.lastIndexOf('.'));
const placesOf = (recording: string, { intent }: ArchivePack, epoch: string): Locations =>
  locationsOf(recording, folderOf(epoch), intent.startedAt);

function lockOf({ manifest }: ArchivePack, now: WallMs): { readonly mode: 'GOVERNANCE'; readonly until: WallMs } {
  const { retention } = JSON.parse(manifest.text) as { readonly retention: { readonly retain_until: string } };
  const until = Date.parse(retention.retain_until);
  return { mode: 'GOVERNANCE', until: wallMs(Math.max(Number.isNaN(until) ? 0 : until, now + SHORTEST_LOCK_MS)) };
}

/** From the work folder; when an earlier run has stored it and lost its work, what the store has is it. */
async function put(
  blobs: Blobs,
  key: string,
  file: string,
  lock: { readonly mode: 'GOVERNANCE'; readonly until: WallMs },
): Promise<StoredBlob> {
  try {
    return await blobs.put(key, { file }, lock);
  } catch (thrown) {
    const ref = systemCode(causeOf(thrown)) === 'ENOENT' ? await blobs.find(key) : undefined;
    if (ref === undefined) throw thrown;
    const { bytes, sha256 } = await digestOfBlob(blobs, ref);
    return { ...ref, bytes, sha256 };
  }
}

const causeOf = (thrown: unknown): unknown =>
  thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
