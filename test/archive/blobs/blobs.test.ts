import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BlobLock, Blobs } from '../../../src/archive/blobs/blobs.ts';
import { openFileBlobs } from '../../../src/archive/blobs/file-blobs.ts';
import { mirroredBlobs } from '../../../src/archive/blobs/mirrored-blobs.ts';
import { openS3Blobs } from '../../../src/archive/blobs/s3-blobs.ts';
import { openS3Client } from '../../../src/archive/blobs/s3-client.ts';
import { issuePermit } from '../../../src/domain/destruction-permit.ts';
import type { RecordingId } from '../../../src/domain/ids.ts';
import { wallMs } from '../../../src/domain/units.ts';
import { endpointProblem } from '../../../src/lib/endpoint.ts';
import { hasPeer } from '../../support/peers.ts';
import { type S3Server, sharedS3 } from '../../support/shared-s3.ts';

const KEY = 'customer-call/2026/11/29/23/0190a0a0-0000-7000-8000-000000000001.rec';
const PERMIT = issuePermit('0190a0a0-0000-7000-8000-000000000001' as RecordingId);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const governance = (seconds: number): BlobLock => ({ mode: 'GOVERNANCE', until: wallMs(Date.now() + seconds * 1000) });
const compliance = (seconds: number): BlobLock => ({ ...governance(seconds), mode: 'COMPLIANCE' });

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

let server: S3Server | undefined;
let folder: string;
beforeAll(async () => {
  if (hasPeer('radosgw')) server = await sharedS3();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-blobs-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const ADAPTERS: readonly { readonly name: string; readonly can: boolean; readonly open: () => Promise<Blobs> }[] = [
  { name: 'files', can: true, open: () => openFileBlobs(join(folder, 'blobs'), Date.now) },
  {
    name: 'two folders',
    can: true,
    open: async () =>
      mirroredBlobs(
        await openFileBlobs(join(folder, 'blobs'), Date.now),
        await openFileBlobs(join(folder, 'copy'), Date.now),
        Date.now,
      ),
  },
  {
    name: 'a folder and S3',
    can: hasPeer('radosgw'),
    open: async () =>
      mirroredBlobs(
        await openFileBlobs(join(folder, 'blobs'), Date.now),
        openS3Blobs(await server!.client(), { bucket: await server!.bucket(true), prefix: 'copy/' }),
        Date.now,
      ),
  },
  {
    name: 'S3 with Object Lock',
    can: hasPeer('radosgw'),
    open: async () =>
      openS3Blobs(await server!.client(), { bucket: await server!.bucket(true), prefix: 'tellerline/' }),
  },
];

for (const { name, can, open } of ADAPTERS)
  describe.skipIf(!can)(`blobs in ${name}`, () => {
    test('what is put is there: its length, its hash, its lock, in any range, by its version', async () => {
      await using blobs = await open();
      const content = randomBytes(300_000);
      const lock = governance(3600);
      const stored = await blobs.put(KEY, content, lock);
      expect(stored).toMatchObject({ key: KEY, bytes: content.length, sha256: sha256(content) });
      expect(await blobs.find(KEY)).toEqual({ key: KEY, version: stored.version });
      const state = await blobs.state(stored);
      expect(state).toMatchObject({ bytes: content.length, legalHold: false, lock: { mode: 'GOVERNANCE' } });
      expect(Math.abs(state.lock!.until - lock.until)).toBeLessThan(1000);
      for (const [from, to] of [
        [0, 10],
        [1000, 70_000],
        [299_999, 400_000],
        [0, 300_000],
      ] as const)
        expect(Buffer.from(await blobs.read(stored, from, to)).equals(content.subarray(from, to))).toBe(true);
      expect(await blobs.read(stored, 300_000, 300_010)).toHaveLength(0);
    });

    test('the same content again is the same object; other content is refused and changes nothing', async () => {
      await using blobs = await open();
      const content = randomBytes(1000);
      const file = join(folder, 'content');
      await writeFile(file, content);
      const first = await blobs.put(KEY, { file }, governance(60));
      expect(await blobs.put(KEY, content, governance(60))).toEqual(first);
      await expect(blobs.put(KEY, randomBytes(1000), governance(60))).rejects.toMatchObject({ code: 'BLOB_CONFLICT' });
      expect(Buffer.from(await blobs.read(first, 0, 1000)).equals(content)).toBe(true);
      expect(await all(blobs.list(''))).toEqual([{ key: KEY, version: first.version, bytes: 1000 }]);
    });

    test('what is locked is not removed; GOVERNANCE becomes COMPLIANCE by a step of its own, and no lock is ever weakened', async () => {
      await using blobs = await open();
      const stored = await blobs.put(KEY, randomBytes(100), governance(3600));
      await expect(blobs.remove(KEY, PERMIT)).rejects.toMatchObject({ code: 'BLOB_LOCKED' });
      await expect(blobs.lock(stored, governance(60))).rejects.toMatchObject({ code: 'BLOB_LOCKED' });
      await blobs.lock(stored, compliance(3600));
      await blobs.lock(stored, compliance(7200));
      await expect(blobs.lock(stored, governance(9999))).rejects.toMatchObject({ code: 'BLOB_LOCKED' });
      await expect(blobs.lock(stored, compliance(3600))).rejects.toMatchObject({ code: 'BLOB_LOCKED' });
      await expect(blobs.remove(KEY, PERMIT)).rejects.toMatchObject({ code: 'BLOB_LOCKED' });
      const { lock } = await blobs.state(stored);
      expect(lock?.mode).toBe('COMPLIANCE');
      expect(lock!.until).toBeGreaterThan(Date.now() + 7_000_000);
    });

    test('a legal hold keeps what no lock keeps, and what its date has released', async () => {
      await using blobs = await open();
      const stored = await blobs.put(KEY, randomBytes(100), governance(4));
      await blobs.setLegalHold(stored, true);
      expect(await blobs.state(stored)).toMatchObject({ legalHold: true });
      await new Promise((resolve) => setTimeout(resolve, 5_000)); // the store's own clock decides
      await expect(blobs.remove(KEY, PERMIT)).rejects.toMatchObject({ code: 'BLOB_LOCKED' });
      await blobs.setLegalHold(stored, false);
      await blobs.remove(KEY, PERMIT);
      await blobs.remove(KEY, PERMIT);
      expect(await blobs.find(KEY)).toBeUndefined();
      await expect(blobs.state(stored)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
      await expect(blobs.read(stored, 0, 10)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
      expect(await all(blobs.list(''))).toEqual([]);
    });

    test('a list has what begins with the prefix, and a key that begins like another is another', async () => {
      await using blobs = await open();
      for (const key of ['a/1/x.rec', 'a/1/x.rec.mft', 'a/2/y.rec', 'b/1/z.rec'])
        await blobs.put(key, Buffer.from(key), governance(4));
      const keys = async (prefix: string) => (await all(blobs.list(prefix))).map(({ key }) => key);
      expect(await keys('')).toEqual(['a/1/x.rec', 'a/1/x.rec.mft', 'a/2/y.rec', 'b/1/z.rec']);
      expect(await keys('a/')).toEqual(['a/1/x.rec', 'a/1/x.rec.mft', 'a/2/y.rec']);
      expect(await keys('a/1/x')).toEqual(['a/1/x.rec', 'a/1/x.rec.mft']);
      expect(await keys('c')).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 5_000)); // the store's own clock decides
      await blobs.remove('a/1/x.rec', issuePermit('x.rec' as RecordingId));
      expect(await keys('a/1/')).toEqual(['a/1/x.rec.mft']);
    });

    test('every copy has what is put, as it is protected; repair puts the right content in the place of a damaged one', async () => {
      await using blobs = await open();
      const content = randomBytes(2_000);
      const stored = await blobs.put(KEY, randomBytes(2_000), governance(3600));
      await blobs.setLegalHold(stored, true);
      const again = await blobs.rewrite(KEY, content, governance(3600));
      expect(again).toMatchObject({ key: KEY, bytes: 2_000, sha256: sha256(content) });
      expect(Buffer.from(await blobs.read(again, 0, 2_000)).equals(content)).toBe(true);
      for (const copy of blobs.copies) {
        const ref = await copy.find(KEY);
        expect(Buffer.from(await copy.read(ref!, 0, 2_000)).equals(content)).toBe(true);
        expect((await copy.state(ref!)).lock?.mode).toBe('GOVERNANCE');
      }
      await expect(blobs.remove(KEY, PERMIT)).rejects.toMatchObject({ code: 'BLOB_LOCKED' });
    });

    test('a list is in the order of the keys, whatever their folders are called', async () => {
      await using blobs = await open();
      const keys = ['call-x/1/a.rec', 'call/1/a.mft', 'call/1/a.rec', 'call/1/b/c.rec', 'call/1/b.rec'].toSorted();
      for (const key of keys.toReversed()) await blobs.put(key, Buffer.from(key), governance(60));
      expect((await all(blobs.list(''))).map(({ key }) => key)).toEqual(keys);
    });

    test('keys that lead elsewhere are none', async () => {
      await using blobs = await open();
      for (const key of ['../x.rec', '/etc/x', 'a//b', 'a/../b', '', 'A/b', '.lock', 'a/.hidden'])
        await expect(blobs.put(key, Buffer.from('x'), governance(1)), key).rejects.toMatchObject({ code: 'INTERNAL' });
    });
  });

describe('files', () => {
  test('what a crash left half written is gone after the next start, and never under its name', async () => {
    const home = join(folder, 'blobs');
    await openFileBlobs(home, Date.now);
    await writeFile(join(home, '.new', 'half'), 'x');
    await using blobs = await openFileBlobs(home, Date.now);
    expect(await readdir(join(home, '.new'))).toEqual([]);
    expect(await all(blobs.list(''))).toEqual([]);
  });

  test('a worker thread that opens the store takes nothing from the main thread, which may be writing', async () => {
    const home = join(folder, 'shared');
    await using _blobs = await openFileBlobs(home, Date.now);
    await writeFile(join(home, '.new', 'half'), 'x');
    const { href } = new URL('../../../build/archive/blobs/file-blobs.js', import.meta.url);
    const source = `import(${JSON.stringify(href)}).then((module) => module.openFileBlobs(${JSON.stringify(home)}, Date.now))`;
    const worker = new Worker(source, { eval: true });
    expect(await once(worker, 'exit')).toEqual([0]);
    expect(await readdir(join(home, '.new'))).toEqual(['half']);
  });

  test.skipIf(process.getuid?.() === 0)('a folder that cannot be written says so', async () => {
    await chmod(folder, 0o500);
    await expect(openFileBlobs(join(folder, 'blobs'), Date.now)).rejects.toMatchObject({ code: 'BLOBS_UNREACHABLE' });
    await chmod(folder, 0o700);
  });
});

describe.skipIf(!hasPeer('radosgw'))('S3', () => {
  test('a bucket without Object Lock is found out, as the second site as well: what it took is not called archived', async () => {
    await using blobs = openS3Blobs(await server!.client(), { bucket: await server!.bucket(false), prefix: '' });
    const first = await openFileBlobs(join(folder, 'blobs'), Date.now);
    for (const store of [blobs, mirroredBlobs(first, blobs, Date.now), mirroredBlobs(blobs, first, Date.now)])
      await expect(store.put(KEY, Buffer.alloc(10), governance(60))).rejects.toMatchObject({
        code: 'BLOB_UNPROTECTED',
      });
  });

  test('content is addressed by its version: what somebody writes over it, or deletes, changes nothing', async () => {
    const bucket = await server!.bucket(true);
    const client = await server!.client();
    await using blobs = openS3Blobs(client, { bucket, prefix: '' });
    const content = randomBytes(50);
    const stored = await blobs.put(KEY, content, compliance(60));
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: KEY, Body: Buffer.from('somebody else') }));
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: KEY }));
    expect(Buffer.from(await blobs.read(stored, 0, 50)).equals(content)).toBe(true);
    await expect(
      client.send(
        new DeleteObjectCommand({
          Bucket: bucket,
          Key: KEY,
          VersionId: stored.version,
          BypassGovernanceRetention: true,
        }),
      ),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('a store that does not answer, or refuses us, is unreachable: nothing of the keys is in what is said', async () => {
    const bucket = await server!.bucket(true);
    for (const options of [
      { endpoint: server!.endpoint, secretKey: 'wrong-secret' },
      { endpoint: 'http://127.0.0.1:1', secretKey: 'wrong-secret' },
    ]) {
      const client = await openS3Client({ region: 'us-east-1', accessKey: 'TESTKEY', caFile: '', ...options });
      await using blobs = openS3Blobs(client, { bucket, prefix: '' });
      const thrown = await blobs.put(KEY, randomBytes(10), governance(60)).catch((error: unknown) => error as Error);
      expect(thrown).toMatchObject({ code: 'BLOBS_UNREACHABLE' });
      expect(JSON.stringify([thrown])).not.toContain('wrong-secret');
    }
  });
});

test('plain HTTP is for the loopback alone', async () => {
  expect(endpointProblem('https://s3.example.com')).toBeUndefined();
  expect(endpointProblem('http://127.0.0.1:9000')).toBeUndefined();
  for (const endpoint of [
    'http://s3.example.com',
    'http://127.0.0.1.example.com',
    'ftp://localhost',
    's3.example.com',
  ]) {
    expect(endpointProblem(endpoint)).toContain('expects');
    await expect(
      openS3Client({ endpoint, region: '', accessKey: '', secretKey: '', caFile: '' }),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  }
});
