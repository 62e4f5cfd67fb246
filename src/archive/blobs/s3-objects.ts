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
import type { BlobContent, BlobLock, BlobRef } from './blobs.ts';
import { covers, type Digest, expectKey, locked, missing, unprotected } from './content.ts';
import { isAbsent, isRefused, refusesLocks, safely } from './s3-errors.ts';

export interface S3Place {
  readonly bucket: string;
  /** `tellerline/` or empty. */
  readonly prefix: string;
}

/** The limit of one request, and more for each MB. */
const REQUEST_MS = 20_000;
const MS_PER_MB = 1_000;

export interface ObjectVersion extends BlobRef {
  readonly bytes: number;
  readonly marker: boolean;
}

const limit = (bytes = 0): { readonly abortSignal: AbortSignal } => ({
  abortSignal: AbortSignal.timeout(REQUEST_MS + Math.ceil(bytes / 1_000_000) * MS_PER_MB),
});

/**
 * Requests to the objects of one bucket, each addressed by its version and within a deadline.
 *
 * All throw IvrError BLOBS_UNREACHABLE; BLOB_MISSING, BLOB_LOCKED and BLOB_UNPROTECTED where they say so.
 */
export class S3Objects {
  readonly #client: S3Client;
  readonly #place: S3Place;

  constructor(client: S3Client, place: S3Place) {
    this.#client = client;
    this.#place = place;
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    expectKey(key);
    return { Bucket: this.#place.bucket, Key: this.#place.prefix + key };
  }
  #of({ key, version }: BlobRef) {
    return { ...this.#at(key), VersionId: version };
  }

  /** Versions and delete markers, page by page, of keys that begin so. */
  async *versions(start: string): AsyncGenerator<ObjectVersion, void, void> {
    const { bucket, prefix } = this.#place;
    let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
    while (next !== undefined) {
      const page: ListObjectVersionsCommandOutput = await safely(
        start,
        this.#client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix + start, ...next }), limit()),
      );
      const versions = (page.Versions ?? []).map(({ Key = '', VersionId = '', Size = 0 }) => ({
        key: Key.slice(prefix.length),
        version: VersionId,
        bytes: Size,
        marker: false,
      }));
      const markers = (page.DeleteMarkers ?? []).map(({ Key = '', VersionId = '' }) => ({
        key: Key.slice(prefix.length),
        version: VersionId,
        bytes: 0,
        marker: true,
      }));
      yield* [...versions, ...markers].toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
      next =
        page.IsTruncated === true
          ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
          : undefined;
    }
  }

  /** Those with this very key, whatever else begins with it. */
  async versionsOf(key: string): Promise<readonly ObjectVersion[]> {
    const found: ObjectVersion[] = [];
    for await (const version of this.versions(key)) if (version.key === key) found.push(version);
    return found;
  }

  lockOf(ref: BlobRef): Promise<BlobLock | undefined> {
    const ask = async (): Promise<BlobLock | undefined> => {
      const { Retention } = await this.#client.send(new GetObjectRetentionCommand(this.#of(ref)), limit());
      const { Mode, RetainUntilDate } = Retention ?? {};
      return Mode === undefined || RetainUntilDate === undefined
        ? undefined
        : { mode: Mode, until: wallMs(RetainUntilDate.getTime()) };
    };
    return safely(ref.key, () => orIfAbsent(ask(), () => undefined));
  }

  isHeld(ref: BlobRef): Promise<boolean> {
    const ask = async (): Promise<boolean> => {
      const { LegalHold } = await this.#client.send(new GetObjectLegalHoldCommand(this.#of(ref)), limit());
      return LegalHold?.Status === 'ON';
    };
    return safely(ref.key, () => orIfAbsent(ask(), () => false));
  }

  /** @throws IvrError BLOB_MISSING */
  sizeOf(ref: BlobRef): Promise<number> {
    const ask = async (): Promise<number> =>
      (await this.#client.send(new HeadObjectCommand(this.#of(ref)), limit())).ContentLength ?? 0;
    return safely(ref.key, () => orIfAbsent(ask(), () => absent(ref.key)));
  }

  /** @param bytes - how many to expect, for the deadline @throws IvrError BLOB_MISSING */
  content(ref: BlobRef, bytes: number, range?: string): Promise<AsyncIterable<Uint8Array>> {
    const ask = async (): Promise<AsyncIterable<Uint8Array>> => {
      const { Body } = await this.#client.send(new GetObjectCommand({ ...this.#of(ref), Range: range }), limit(bytes));
      return Body as unknown as AsyncIterable<Uint8Array>; // a stream of Node's, in Node
    };
    return safely(ref.key, () => orIfAbsent(ask(), () => absent(ref.key)));
  }

  /** @returns the version that the store gave it; undefined: the bucket keeps no versions @throws IvrError BLOB_UNPROTECTED */
  put(key: string, content: BlobContent, { bytes, md5 }: Digest, lock: BlobLock): Promise<string | undefined> {
    return safely(key, async () => {
      const command = new PutObjectCommand({
        ...this.#at(key),
        ContentMD5: md5,
        ContentLength: bytes,
        Body: content instanceof Uint8Array ? content : createReadStream(content.file),
        ContentType: 'application/octet-stream',
        ObjectLockMode: lock.mode,
        ObjectLockRetainUntilDate: new Date(lock.until),
      });
      try {
        return (await this.#client.send(command, limit(bytes))).VersionId;
      } catch (thrown) {
        if (refusesLocks(thrown)) throw unprotected(key, 'not at all: the bucket has no Object Lock');
        throw thrown;
      }
    });
  }

  /** @throws IvrError BLOB_UNPROTECTED when the store does not say that it is locked so */
  async expectLock(ref: BlobRef, wanted: BlobLock): Promise<void> {
    if (!covers(await this.lockOf(ref), wanted))
      throw unprotected(ref.key, 'the store did not lock it as asked: is Object Lock on for the bucket?');
  }

  /** @param bypass - of GOVERNANCE @throws IvrError BLOB_UNPROTECTED */
  async setLock(ref: BlobRef, lock: BlobLock, bypass: boolean): Promise<void> {
    await safely(ref.key, async () => {
      const command = new PutObjectRetentionCommand({
        ...this.#of(ref),
        Retention: { Mode: lock.mode, RetainUntilDate: new Date(lock.until) },
        ...(bypass ? { BypassGovernanceRetention: true } : {}),
      });
      try {
        await this.#client.send(command, limit());
      } catch (thrown) {
        if (!isRefused(thrown)) throw thrown;
        throw unprotected(ref.key, 'we may not change its lock (s3:PutObjectRetention, s3:BypassGovernanceRetention)');
      }
    });
    await this.expectLock(ref, lock);
  }

  /** @throws IvrError BLOB_UNPROTECTED */
  async setLegalHold(ref: BlobRef, on: boolean): Promise<void> {
    const command = new PutObjectLegalHoldCommand({ ...this.#of(ref), LegalHold: { Status: on ? 'ON' : 'OFF' } });
    await safely(ref.key, this.#client.send(command, limit()));
    if ((await this.isHeld(ref)) !== on) throw unprotected(ref.key, 'the store did not set its legal hold as asked');
  }

  /** @throws IvrError BLOB_LOCKED */
  async delete(ref: BlobRef): Promise<void> {
    await safely(
      ref.key,
      this.#client.send(new DeleteObjectCommand(this.#of(ref)), limit()).catch((thrown: unknown) => {
        if (isRefused(thrown)) throw locked(ref.key, 'is locked by the store');
        throw thrown;
      }),
    );
  }

  close(): void {
    this.#client.destroy();
  }
}

function absent(key: string): never {
  throw missing(key);
}

async function orIfAbsent<T>(work: Promise<T>, absent: () => T): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    if (isAbsent(thrown)) return absent();
    throw thrown;
  }
}
