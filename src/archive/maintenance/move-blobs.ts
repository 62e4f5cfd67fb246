import { createHash } from 'node:crypto';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IvrError, systemCode } from '../../domain/error.ts';
import { wallMs } from '../../domain/units.ts';
import { makeFolder } from '../../lib/durable-folder.ts';
import { replaceFile } from '../../lib/place-file.ts';
import type { BlobLock, Blobs, BlobRef, BlobState } from '../blobs/blobs.ts';

export interface MovedBlobs {
  /** In the store that they come from. */
  readonly objects: number;
  /** Copied by this pass, or protected anew because their lock or hold has changed. */
  readonly changed: number;
  readonly removed: number;
  /** By key: where each lies in the other store. */
  readonly versions: ReadonlyMap<string, string>;
}

/** What is known of an object that was copied: a line of JSON each, the last one of a key counts. */
interface Copied {
  readonly key: string;
  /** In the other store. */
  readonly version: string;
  readonly sha256: string;
  /** Of the source, when it was copied. */
  readonly protection: string;
}

const PIECE = 1 << 20;
/** A store wants a date to come. */
const SHORTEST_LOCK_MS = 86_400_000;

/**
 * Copies every object to another store: with its lock and its hold, read back and compared. Nothing is removed where it came from; what was removed there since an
 * earlier pass is removed here. Goes on where it was stopped, by a file of what was copied.
 *
 * @param progress - path of that file: one for each pair of stores
 * @throws IvrError what either store throws
 */
export async function moveBlobs(
  from: Blobs,
  to: Blobs,
  progress: string,
  wall: () => number,
  signal?: AbortSignal,
): Promise<MovedBlobs> {
  await makeFolder(join(progress, '..'));
  const copied = await readProgress(progress);
  await using file = await open(progress, 'a', 0o600);
  const note = async (one: Copied): Promise<void> => {
    copied.set(one.key, one);
    await file.appendFile(`${JSON.stringify(one)}\n`);
  };
  const seen = new Set<string>();
  let changed = 0;
  for await (const ref of from.list('')) {
    signal?.throwIfAborted();
    seen.add(ref.key);
    const state = await from.state(ref);
    const known = copied.get(ref.key);
    if (known?.protection === protectionOf(state)) continue;
    if (known === undefined) await note(await copyBlob(ref, state, from, to, wall));
    else await note(await protect({ key: ref.key, version: known.version }, known.sha256, state, to, wall));
    changed += 1;
  }
  let removed = 0;
  for (const key of [...copied.keys()].filter((each) => !seen.has(each))) {
    const ref = await to.find(key);
    if (ref === undefined) continue;
    await to.remove(key);
    removed += 1;
  }
  await file.datasync();
  const versions = new Map([...copied].filter(([key]) => seen.has(key)).map(([key, { version }]) => [key, version]));
  return { objects: seen.size, changed, removed, versions };
}

async function readProgress(path: string): Promise<Map<string, Copied>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return new Map();
    throw thrown;
  }
  // a run that was killed may have left half a line: that object is looked at again
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) await replaceFile(path, Buffer.from(whole));
  const lines = whole.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => JSON.parse(line) as Copied).map((one) => [one.key, one]));
}

const protectionOf = ({ lock, legalHold }: BlobState): string => `${lock?.mode ?? ''} ${lock?.until ?? 0} ${legalHold}`;

async function copyBlob(ref: BlobRef, state: BlobState, from: Blobs, to: Blobs, wall: () => number): Promise<Copied> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-move-'));
  try {
    const file = join(folder, 'object');
    const sha256 = await copyToFile(ref, state, from, file);
    const stored = await to.put(ref.key, { file }, { ...lockFor(state, wall()), mode: 'GOVERNANCE' });
    if (stored.sha256 !== sha256)
      throw new IvrError('BLOB_CONFLICT', `${ref.key} was changed on its way`, { key: ref.key });
    return await protect(stored, sha256, state, to, wall);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As it is protected where it comes from, or better. */
async function protect(
  { key, version }: BlobRef,
  sha256: string,
  state: BlobState,
  to: Blobs,
  wall: () => number,
): Promise<Copied> {
  const ref = { key, version };
  const there = await to.state(ref);
  const lock = lockFor(state, wall());
  const better =
    there.lock !== undefined && there.lock.until > lock.until ? { ...lock, until: there.lock.until } : lock;
  if (there.lock?.mode !== better.mode || there.lock.until < better.until) await to.lock(ref, better);
  if (there.legalHold !== state.legalHold) await to.setLegalHold(ref, state.legalHold);
  return { key, version, sha256, protection: protectionOf(state) };
}

const lockFor = ({ lock }: BlobState, now: number): BlobLock => ({
  mode: lock?.mode ?? 'GOVERNANCE',
  until: wallMs(Math.max(lock?.until ?? 0, now + SHORTEST_LOCK_MS)),
});

async function copyToFile(ref: BlobRef, { bytes }: BlobState, from: Blobs, file: string): Promise<string> {
  const hash = createHash('sha256');
  await using into = await open(file, 'wx', 0o600);
  for (let at = 0; at < bytes; at += PIECE) {
    const part = await from.read(ref, at, at + PIECE);
    hash.update(part);
    await into.writeFile(part);
  }
  return hash.digest('hex');
}
