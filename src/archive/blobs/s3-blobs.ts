import type { S3Client } from '@aws-sdk/client-s3';
import type { BlobContent, BlobLock, BlobRef, Blobs, StoredBlob } from './blobs.ts';
import { conflict, covers, type Digest, digestOf, expectRemovable, locked, partsOf, unprotected } from './content.ts';
import { isAbsent, safely } from './s3-errors.ts';
import { S3Objects, type S3Place } from './s3-objects.ts';

/**
 * Objects in an S3 bucket with Object Lock: a single PUT with Content-MD5 (some stores drop the lock of a multipart upload, or take a wrong SHA-256), everything read back
 * afterwards, every object addressed by its version.
 */
export function openS3Blobs(client: S3Client, place: S3Place): Blobs {
  const objects = new S3Objects(client, place);

  /** The version with this content, if there is one: a PUT whose answer was lost is not repeated. */
  const sameContent = async (key: string, bytes: number, sha256: string): Promise<BlobRef | undefined> => {
    const found = (await objects.versionsOf(key)).filter(({ marker }) => !marker);
    for (const ref of found)
      if (ref.bytes === bytes && (await digestOf(await objects.content(ref, bytes))).sha256 === sha256) return ref;
    if (found.length > 0) throw conflict(key);
    return undefined;
  };

  /** A new version, read back. */
  const write = async (key: string, content: BlobContent, digest: Digest, lock: BlobLock): Promise<StoredBlob> => {
    const { bytes, sha256 } = digest;
    const version = await objects.put(key, content, digest, lock);
    if (version === undefined) throw unprotected(key, 'the bucket keeps no versions');
    const ref = { key, version };
    const stored = await safely(key, digestOf(await objects.content(ref, bytes)));
    if (stored.sha256 !== sha256) throw conflict(key);
    await objects.expectLock(ref, lock);
    return { ...ref, bytes, sha256 };
  };

  const self: Blobs = {
    kind: 's3',
    location: `s3://${place.bucket}/${place.prefix}`,
    get copies() {
      return [self];
    },
    async put(key, content, lock) {
      const digest = await safely(key, digestOf(partsOf(content)));
      const { bytes, sha256 } = digest;
      const ref = await sameContent(key, bytes, sha256);
      if (ref === undefined) return write(key, content, digest, lock);
      if (!covers(await objects.lockOf(ref), lock)) await objects.setLock(ref, lock, false);
      return { key, version: ref.version, bytes, sha256 };
    },
    rewrite: async (key, content, lock) => write(key, content, await safely(key, digestOf(partsOf(content))), lock),
    async read(ref, from, to) {
      if (from >= to) return new Uint8Array(0);
      const parts: Uint8Array[] = [];
      try {
        for await (const part of await objects.content(ref, to - from, `bytes=${from}-${to - 1}`)) parts.push(part);
      } catch (thrown) {
        if (isAbsent(thrown, 'InvalidRange')) return new Uint8Array(0);
        throw thrown;
      }
      return Buffer.concat(parts);
    },
    async find(key) {
      const newest = (await objects.versionsOf(key)).find(({ marker }) => !marker);
      return newest === undefined ? undefined : { key, version: newest.version };
    },
    async state(ref) {
      const bytes = await objects.sizeOf(ref);
      const [lock, legalHold] = await Promise.all([objects.lockOf(ref), objects.isHeld(ref)]);
      return { key: ref.key, version: ref.version, bytes, lock, legalHold };
    },
    async *list(start) {
      for await (const { key, version, bytes, marker } of objects.versions(start))
        if (!marker) yield { key, version, bytes };
    },
    async lock(ref, lock) {
      await objects.sizeOf(ref);
      const known = await objects.lockOf(ref);
      if (known !== undefined && !covers(lock, known)) throw locked(ref.key, 'would be locked for less than it is');
      await objects.setLock(ref, lock, known !== undefined && known.mode !== lock.mode);
    },
    async setLegalHold(ref, on) {
      await objects.sizeOf(ref);
      await objects.setLegalHold(ref, on);
    },
    async remove(key, permit) {
      expectRemovable(key, permit);
      const found = await objects.versionsOf(key);
      const now = Date.now();
      for (const ref of found.filter(({ marker }) => !marker)) {
        if (await objects.isHeld(ref)) throw locked(key, 'is under a legal hold');
        const lock = await objects.lockOf(ref);
        if (lock !== undefined && lock.until > now)
          throw locked(key, `is locked until ${new Date(lock.until).toISOString()}`);
      }
      for (const ref of found) await objects.delete(ref);
      if ((await objects.versionsOf(key)).length > 0) throw locked(key, 'is there again after it was removed');
    },
    [Symbol.asyncDispose]: () => {
      objects.close();
      return Promise.resolve();
    },
  };
  return self;
}
