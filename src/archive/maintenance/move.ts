import { createHash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IvrError } from '../../domain/error.ts';
import { wallMs } from '../../domain/units.ts';
import type { Blobs, BlobLock, BlobRef, BlobState } from '../blobs/blobs.ts';
import type { ArchiveIndex } from '../index/archive-index.ts';
import { rowsOf } from './fsck.ts';

export interface ArchivePlace {
  readonly blobs: Blobs;
  readonly index: ArchiveIndex;
}

export interface Moved {
  readonly objects: number;
  readonly recordings: number;
}

const PIECE = 1 << 20;
/** A store wants a date to come. */
const SHORTEST_LOCK_MS = 86_400_000;

/**
 * Copies the archive to another place: every object with its lock and its hold, read back and compared; then every row of the index. Nothing
 * is removed where it came from. May be run again: what is there already is compared and not written anew.
 *
 * @throws IvrError what either place throws; nothing of the index is written before all objects are there
 */
export async function move(from: ArchivePlace, to: ArchivePlace, wall: () => number): Promise<Moved> {
  const versions = new Map<string, string>();
  for await (const ref of from.blobs.list('')) versions.set(ref.key, await copyBlob(ref, from.blobs, to.blobs, wall));
  let recordings = 0;
  for await (const row of rowsOf(from.index)) {
    const version = row.location === null ? undefined : versions.get(row.location);
    if (row.location !== null && version === undefined && row.state !== 'DESTROYED')
      throw new IvrError('BLOB_MISSING', `${row.location} is not in the archive's store`, { key: row.location });
    await to.index.put({ ...row, versionId: version ?? null }, await from.index.content(row.id));
    recordings += 1;
  }
  return { objects: versions.size, recordings };
}

/** @returns its version in the other store */
async function copyBlob(ref: BlobRef, from: Blobs, to: Blobs, wall: () => number): Promise<string> {
  const state = await from.state(ref);
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-move-'));
  try {
    const file = join(folder, 'object');
    const sha256 = await copyToFile(ref, state, from, file);
    const lock = lockFor(state, wall());
    const stored = await to.put(ref.key, { file }, { ...lock, mode: 'GOVERNANCE' });
    if (stored.sha256 !== sha256)
      throw new IvrError('BLOB_CONFLICT', `${ref.key} was changed on its way`, { key: ref.key });
    if (lock.mode === 'COMPLIANCE') await to.lock(stored, lock);
    if (state.legalHold) await to.setLegalHold(stored, true);
    return stored.version;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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
