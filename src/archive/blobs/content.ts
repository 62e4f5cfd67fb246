import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type DestructionPermit, expectPermit } from '../../domain/destruction-permit.ts';
import { IvrError } from '../../domain/error.ts';
import type { BlobContent, BlobLock, BlobRef, Blobs, BlobState } from './blobs.ts';

/* What every adapter looks at in the same way. */

export interface Digest {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Base64, as Content-MD5 wants it. */
  readonly md5: string;
}

export async function digestOf(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Digest> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  let bytes = 0;
  for await (const part of content) {
    sha256.update(part);
    md5.update(part);
    bytes += part.length;
  }
  return { bytes, sha256: sha256.digest('hex'), md5: md5.digest('base64') };
}

export const partsOf = (content: BlobContent): AsyncIterable<Uint8Array> | Iterable<Uint8Array> =>
  content instanceof Uint8Array ? [content] : (createReadStream(content.file) as AsyncIterable<Uint8Array>);

const PIECE = 1 << 20;

/** Of an object as the store gives it, with what the store says of it. @throws IvrError BLOB_MISSING, BLOBS_UNREACHABLE */
export async function digestOfBlob(
  store: Pick<Blobs, 'state' | 'read'>,
  ref: BlobRef,
): Promise<BlobState & Pick<Digest, 'sha256'>> {
  const state = await store.state(ref);
  const hash = createHash('sha256');
  for (let from = 0; from < state.bytes; from += PIECE) hash.update(await store.read(ref, from, from + PIECE));
  return { ...state, sha256: hash.digest('hex') };
}

const KEY = /^[a-z0-9][a-z0-9_-]*(?:[./][a-z0-9_-]+)*$/;
const LONGEST_KEY = 400;

/** @throws IvrError INTERNAL when it is not a key of the archive */
export function expectKey(key: string): void {
  if (!KEY.test(key) || key.length > LONGEST_KEY) throw new IvrError('INTERNAL', 'not a key of the archive', { key });
}

/** @throws IvrError DESTRUCTION_REFUSED */
export function expectRemovable(key: string, permit: DestructionPermit): void {
  expectPermit(permit);
  if (!key.includes(permit.recording))
    throw new IvrError('DESTRUCTION_REFUSED', `${key} is not of recording ${permit.recording}`, { key });
}

/** Stores keep dates by the second. */
const inSeconds = (time: number): number => Math.floor(time / 1000);

/** Whether a lock protects at least as `wanted` does. */
export const covers = (lock: BlobLock | undefined, wanted: BlobLock): boolean =>
  lock !== undefined &&
  (lock.mode === 'COMPLIANCE' || wanted.mode === 'GOVERNANCE') &&
  inSeconds(lock.until) >= inSeconds(wanted.until);

export const missing = (key: string): IvrError =>
  new IvrError('BLOB_MISSING', `${key} is not in the archive's store`, { key });

export const conflict = (key: string): IvrError =>
  new IvrError('BLOB_CONFLICT', `${key} already holds different content; nothing was overwritten`, { key });

export const locked = (key: string, why: string): IvrError => new IvrError('BLOB_LOCKED', `${key} ${why}`, { key });

export const unprotected = (key: string, what: string): IvrError =>
  new IvrError('BLOB_UNPROTECTED', `${key} is not protected: ${what}`, { key });
