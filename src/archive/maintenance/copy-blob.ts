import { createHash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IvrError } from '../../domain/error.ts';
import { wallMs } from '../../domain/units.ts';
import type { BlobLock, BlobRef, BlobState, Blobs, StoredBlob } from '../blobs/blobs.ts';

const PIECE = 1 << 20;
/** A store wants a date to come. */
const SHORTEST_LOCK_MS = 86_400_000;

export interface BlobCopying {
  readonly from: Blobs;
  readonly to: Blobs;
  readonly wall: () => number;
}

/**
 * One object to another store: read back and compared, protected as where it comes from, or better.
 *
 * @param damaged - what is there is not it, and is replaced
 * @throws IvrError what either store throws; BLOB_CONFLICT
 */
export async function copyBlob(
  ref: BlobRef,
  state: BlobState,
  { from, to, wall }: BlobCopying,
  damaged = false,
): Promise<StoredBlob> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-copy-'));
  try {
    const file = join(folder, 'object');
    const sha256 = await copyToFile(ref, state, from, file);
    const lock = { ...lockFor(state, wall()), mode: 'GOVERNANCE' as const };
    const stored = await (damaged ? to.rewrite(ref.key, { file }, lock) : to.put(ref.key, { file }, lock));
    if (stored.sha256 !== sha256)
      throw new IvrError('BLOB_CONFLICT', `${ref.key} was changed in transit`, { key: ref.key });
    await protectAs(state, stored, to, wall);
    return stored;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As `state` says, or better. */
export async function protectAs(state: BlobState, ref: BlobRef, store: Blobs, wall: () => number): Promise<void> {
  const there = await store.state(ref);
  const lock = lockFor(state, wall());
  const better =
    there.lock !== undefined && there.lock.until > lock.until ? { ...lock, until: there.lock.until } : lock;
  if (there.lock?.mode !== better.mode || there.lock.until < better.until) await store.lock(ref, better);
  if (there.legalHold !== state.legalHold) await store.setLegalHold(ref, state.legalHold);
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
