import type { DestructionPermit } from '../../domain/destruction-permit.ts';
import type { WallMs } from '../../domain/units.ts';

/*
 * PORT to where archived objects lie: files, or an S3 store with Object Lock. Objects are written once and addressed by key
 * and version; a key is never written over.
 */

/** COMPLIANCE: nobody shortens it or deletes the object before `until`. GOVERNANCE: who may bypass it can. */
export type LockMode = 'GOVERNANCE' | 'COMPLIANCE';

export interface BlobLock {
  readonly mode: LockMode;
  readonly until: WallMs;
}

export interface BlobRef {
  /** `customer-call/2026/11/29/23/<recording>.rec`: lower-case letters, digits, `-`, `_`, `.` and `/`. */
  readonly key: string;
  /** What the store calls this very content. An S3 version id; a store of files has one version of each key. */
  readonly version: string;
}

export interface StoredBlob extends BlobRef {
  readonly bytes: number;
  /** Of all bytes, hexadecimal; read back from the store after it was written. */
  readonly sha256: string;
}

export interface BlobState extends BlobRef {
  readonly bytes: number;
  readonly lock: BlobLock | undefined;
  readonly legalHold: boolean;
}

/** Bytes in memory, or the path of a file: what is in it is read twice and must not change meanwhile. */
export type BlobContent = Uint8Array | { readonly file: string };

export interface Blobs extends AsyncDisposable {
  readonly kind: 'files' | 's3';
  /** Where, for people: a folder, or `s3://bucket/prefix`. */
  readonly location: string;
  /** Each store by itself: this one alone, or both where a second copy is kept (`mirrored-blobs.ts`). */
  readonly copies: readonly Blobs[];
  /**
   * Durable, locked, and read back before it resolves: its length, its SHA-256 and its lock. Idempotent: the same content
   * under the same key is the object that is there already.
   *
   * @throws IvrError BLOB_CONFLICT: other content is there; BLOB_UNPROTECTED: it is stored, but the lock is not what was
   * asked for; BLOBS_UNREACHABLE, DISK_FULL
   */
  put(key: string, content: BlobContent, lock: BlobLock): Promise<StoredBlob>;
  /**
   * In the place of an object that is damaged: for repair alone. A store that keeps versions keeps the damaged one until its lock ends, behind this one.
   *
   * @throws IvrError BLOB_CONFLICT: what was written does not come back; BLOB_UNPROTECTED, BLOBS_UNREACHABLE, DISK_FULL
   */
  rewrite(key: string, content: BlobContent, lock: BlobLock): Promise<StoredBlob>;
  /**
   * @param from - first byte
   * @param to - after the last one; beyond the end: up to the end
   * @throws IvrError BLOB_MISSING, BLOBS_UNREACHABLE
   */
  read(ref: BlobRef, from: number, to: number): Promise<Uint8Array>;
  /** The newest version of a key; undefined when there is none. @throws IvrError BLOBS_UNREACHABLE */
  find(key: string): Promise<BlobRef | undefined>;
  /** @throws IvrError BLOB_MISSING, BLOBS_UNREACHABLE */
  state(ref: BlobRef): Promise<BlobState>;
  /** Every version whose key begins with `prefix`, by key. @throws IvrError BLOBS_UNREACHABLE */
  list(prefix: string): AsyncIterable<BlobRef & { readonly bytes: number }>;
  /**
   * A later date, or COMPLIANCE instead of GOVERNANCE; never the other way. Read back.
   *
   * @throws IvrError BLOB_LOCKED: it would weaken the lock; BLOB_UNPROTECTED: the store took it and did not do it
   */
  lock(ref: BlobRef, lock: BlobLock): Promise<void>;
  /** Without a date; independent of the lock. Read back. @throws IvrError BLOB_MISSING, BLOB_UNPROTECTED */
  setLegalHold(ref: BlobRef, on: boolean): Promise<void>;
  /**
   * Removes every version of a key, and sees that they are gone. What is not there is removed already.
   *
   * @param permit - for the recording that the key names
   * @throws IvrError BLOB_LOCKED: under a legal hold or a lock that has not run out; DESTRUCTION_REFUSED; then nothing was removed
   */
  remove(key: string, permit: DestructionPermit): Promise<void>;
}
