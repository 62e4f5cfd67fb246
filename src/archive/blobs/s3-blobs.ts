import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createReadStream } from 'node:fs';
import { wallMs } from '../../domain/units.ts';
import type { BlobContent, BlobLock, BlobRef, Blobs } from './blobs.ts';
import { conflict, covers, digestOf, expectKey, locked, missing, partsOf, unprotected } from './content.ts';
import { isAbsent, isRefused, refusesLocks, safely } from './s3-errors.ts';

export interface S3Place {
  readonly bucket: string;
  /** `tellerline/` or empty. */
  readonly prefix: string;
}

/** What one request may take, and more for each MB. */
const REQUEST_MS = 20_000;
const MS_PER_MB = 1_000;

interface Version extends BlobRef {
  readonly bytes: number;
  readonly marker: boolean;
}

/**
 * Objects in an S3 bucket with Object Lock: a single PUT with Content-MD5 (some stores drop the lock of a multipart upload, or take a wrong SHA-256), everything read back
 * afterwards, every object addressed by its version.
 */
export function openS3Blobs(client: S3Client, { bucket, prefix }: S3Place): Blobs {
  const at = (key: string): { readonly Bucket: string; readonly Key: string } => {
    expectKey(key);
    return { Bucket: bucket, Key: prefix + key };
  };
  const of = ({ key, version }: BlobRef) => ({ ...at(key), VersionId: version });
  const limit = (bytes = 0): { readonly abortSignal: AbortSignal } => ({
    abortSignal: AbortSignal.timeout(REQUEST_MS + Math.ceil(bytes / 1_000_000) * MS_PER_MB),
  });

  async function* versions(start: string): AsyncGenerator<Version, void, void> {
    let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
    while (next !== undefined) {
      const page: ListObjectVersionsCommandOutput = await safely(
        start,
        client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix + start, ...next }), limit()),
      );
      const all = [
        ...(page.Versions ?? []).map((each) => ({
          key: each.Key,
          version: each.VersionId,
          bytes: each.Size ?? 0,
          marker: false,
        })),
        ...(page.DeleteMarkers ?? []).map((each) => ({
          key: each.Key,
          version: each.VersionId,
          bytes: 0,
          marker: true,
        })),
      ];
      const keyed = all.map(({ key = '', version = '', ...rest }) => ({
        key: key.slice(prefix.length),
        version,
        ...rest,
      }));
      yield* keyed.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
      next =
        page.IsTruncated === true
          ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
          : undefined;
    }
  }
  /** All that has this very key, whatever else begins with it. */
  const versionsOf = async (key: string): Promise<readonly Version[]> => {
    const found: Version[] = [];
    for await (const version of versions(key)) if (version.key === key) found.push(version);
    return found;
  };
  const lockOf = (ref: BlobRef): Promise<BlobLock | undefined> =>
    safely(ref.key, async () => {
      try {
        const { Retention } = await client.send(new GetObjectRetentionCommand(of(ref)), limit());
        const { Mode, RetainUntilDate } = Retention ?? {};
        return Mode === undefined || RetainUntilDate === undefined
          ? undefined
          : { mode: Mode, until: wallMs(RetainUntilDate.getTime()) };
      } catch (thrown) {
        if (isAbsent(thrown)) return undefined;
        throw thrown;
      }
    });
  const heldOf = (ref: BlobRef): Promise<boolean> =>
    safely(ref.key, async () => {
      try {
        const { LegalHold } = await client.send(new GetObjectLegalHoldCommand(of(ref)), limit());
        return LegalHold?.Status === 'ON';
      } catch (thrown) {
        if (isAbsent(thrown)) return false;
        throw thrown;
      }
    });
  const sizeOf = (ref: BlobRef): Promise<number> =>
    safely(ref.key, async () => {
      try {
        return (await client.send(new HeadObjectCommand(of(ref)), limit())).ContentLength ?? 0;
      } catch (thrown) {
        if (isAbsent(thrown)) throw missing(ref.key);
        throw thrown;
      }
    });
  const get = (ref: BlobRef, bytes: number, range?: string): Promise<AsyncIterable<Uint8Array>> =>
    safely(ref.key, async () => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ ...of(ref), Range: range }), limit(bytes));
        return Body as unknown as AsyncIterable<Uint8Array>; // a stream of Node's, in Node
      } catch (thrown) {
        if (isAbsent(thrown)) throw missing(ref.key);
        throw thrown;
      }
    });
  const expectLock = async (ref: BlobRef, wanted: BlobLock): Promise<void> => {
    if (!covers(await lockOf(ref), wanted))
      throw unprotected(ref.key, 'the store did not lock it as asked: is Object Lock on for the bucket?');
  };
  const setLock = async (ref: BlobRef, lock: BlobLock, bypass: boolean): Promise<void> => {
    await safely(ref.key, async () => {
      try {
        await client.send(
          new PutObjectRetentionCommand({
            ...of(ref),
            Retention: { Mode: lock.mode, RetainUntilDate: new Date(lock.until) },
            ...(bypass ? { BypassGovernanceRetention: true } : {}),
          }),
          limit(),
        );
      } catch (thrown) {
        if (isRefused(thrown))
          throw unprotected(
            ref.key,
            'we may not change its lock (s3:PutObjectRetention, s3:BypassGovernanceRetention)',
          );
        throw thrown;
      }
    });
    await expectLock(ref, lock);
  };
  /** The version with this content, if there is one: a PUT whose answer was lost is not repeated. */
  const sameContent = async (key: string, bytes: number, sha256: string): Promise<BlobRef | undefined> => {
    const found = (await versionsOf(key)).filter(({ marker }) => !marker);
    for (const ref of found)
      if (ref.bytes === bytes && (await digestOf(await get(ref, bytes))).sha256 === sha256) return ref;
    if (found.length > 0) throw conflict(key);
    return undefined;
  };

  return {
    kind: 's3',
    location: `s3://${bucket}/${prefix}`,
    async put(key, content, lock) {
      const { bytes, sha256, md5 } = await safely(key, digestOf(partsOf(content)));
      let ref = await sameContent(key, bytes, sha256);
      if (ref === undefined) {
        const version = await safely(
          key,
          putOnce(client, { ...at(key), ContentMD5: md5, ContentLength: bytes }, content, lock, limit(bytes)),
        );
        if (version === undefined) throw unprotected(key, 'the bucket keeps no versions');
        ref = { key, version };
        const stored = await safely(key, digestOf(await get(ref, bytes)));
        if (stored.sha256 !== sha256) throw conflict(key);
        await expectLock(ref, lock);
      } else if (!covers(await lockOf(ref), lock)) await setLock(ref, lock, false);
      return { key, version: ref.version, bytes, sha256 };
    },
    async read(ref, from, to) {
      if (from >= to) return new Uint8Array(0);
      const parts: Uint8Array[] = [];
      try {
        for await (const part of await get(ref, to - from, `bytes=${from}-${to - 1}`)) parts.push(part);
      } catch (thrown) {
        if (isAbsent(thrown, 'InvalidRange')) return new Uint8Array(0);
        throw thrown;
      }
      return Buffer.concat(parts);
    },
    async find(key) {
      const newest = (await versionsOf(key)).find(({ marker }) => !marker);
      return newest === undefined ? undefined : { key, version: newest.version };
    },
    async state(ref) {
      const bytes = await sizeOf(ref);
      const [lock, legalHold] = await Promise.all([lockOf(ref), heldOf(ref)]);
      return { key: ref.key, version: ref.version, bytes, lock, legalHold };
    },
    async *list(start) {
      for await (const { key, version, bytes, marker } of versions(start)) if (!marker) yield { key, version, bytes };
    },
    async lock(ref, lock) {
      await sizeOf(ref);
      const known = await lockOf(ref);
      if (known !== undefined && !covers(lock, known)) throw locked(ref.key, 'would be locked for less than it is');
      await setLock(ref, lock, known !== undefined && known.mode !== lock.mode);
    },
    async setLegalHold(ref, on) {
      await sizeOf(ref);
      await safely(
        ref.key,
        client.send(new PutObjectLegalHoldCommand({ ...of(ref), LegalHold: { Status: on ? 'ON' : 'OFF' } }), limit()),
      );
      if ((await heldOf(ref)) !== on) throw unprotected(ref.key, 'the store did not set its legal hold as asked');
    },
    async remove(key) {
      const found = await versionsOf(key);
      const now = Date.now();
      for (const ref of found.filter(({ marker }) => !marker)) {
        if (await heldOf(ref)) throw locked(key, 'is under a legal hold');
        const lock = await lockOf(ref);
        if (lock !== undefined && lock.until > now)
          throw locked(key, `is locked until ${new Date(lock.until).toISOString()}`);
      }
      for (const ref of found)
        await safely(
          key,
          client.send(new DeleteObjectCommand(of(ref)), limit()).catch((thrown: unknown) => {
            if (isRefused(thrown)) throw locked(key, 'is locked by the store');
            throw thrown;
          }),
        );
      if ((await versionsOf(key)).length > 0) throw locked(key, 'is there again after it was removed');
    },
    [Symbol.asyncDispose]: () => {
      client.destroy();
      return Promise.resolve();
    },
  };
}

/** @returns the version that the store gave it */
async function putOnce(
  client: S3Client,
  request: {
    readonly Bucket: string;
    readonly Key: string;
    readonly ContentMD5: string;
    readonly ContentLength: number;
  },
  content: BlobContent,
  lock: BlobLock,
  limit: { readonly abortSignal: AbortSignal },
): Promise<string | undefined> {
  const body = content instanceof Uint8Array ? content : createReadStream(content.file);
  const command = new PutObjectCommand({
    ...request,
    Body: body,
    ContentType: 'application/octet-stream',
    ObjectLockMode: lock.mode,
    ObjectLockRetainUntilDate: new Date(lock.until),
  });
  try {
    return (await client.send(command, limit)).VersionId;
  } catch (thrown) {
    if (refusesLocks(thrown)) throw unprotected(request.Key, 'not at all: the bucket has no Object Lock');
    throw thrown;
  }
}
