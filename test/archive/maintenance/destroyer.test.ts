import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFileBlobs } from '../../../src/archive/blobs/file-blobs.ts';
import { openKeyStore } from '../../../src/archive/keys/open-key-store.ts';
import { logCertifier } from '../../../src/archive/log/log-certifier.ts';
import { openDestroyer } from '../../../src/archive/maintenance/open-destroyer.ts';
import { archiveRecording } from '../../../src/archive/pipeline/archive-recording.ts';
import { certificateHash } from '../../../src/archive/retention/destruction-certificate.ts';
import { Scope } from '../../../src/lib/scope.ts';
import { archiveForTest } from '../pipeline/archive-for-test.ts';
import { sealedForTest } from '../pipeline/sealed-recording.ts';
import { issuePermit } from '../../../src/domain/destruction-permit.ts';

let folder: string;
let scope: Scope;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-destroyer-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
});

const LATER = Date.UTC(2032, 0, 1);

async function archived() {
  const parts = await archiveForTest(folder, scope);
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), { callMs: 1_000 });
  const options = { workFolder: join(folder, 'work'), keepSealedMs: 1e12, software: 't' } as const;
  await archiveRecording(recording, source, parts, options);
  const row = await parts.index.find(recording);
  const folders = (): readonly string[] => [source];
  // years later
  const blobs = scope.use(await openFileBlobs(join(folder, 'blobs'), () => LATER));
  return { ...parts, blobs, row: row!, source, destroyer: openDestroyer({ keys: parts.keys, blobs, folders }) };
}

test('what is destroyed is gone: its secret, every object, and what lay here in the clear; again is no harm', async () => {
  const { destroyer, keys, blobs, row, source } = await archived();
  expect(await destroyer.isGone(row)).toBe(false);
  await destroyer.shred(row, issuePermit(row.id));
  expect(await keys.isDestroyed(row.id)).toBe(true);
  await destroyer.deleteVersions(row, issuePermit(row.id));
  expect(await destroyer.isGone(row)).toBe(true);
  await destroyer.shred(row, issuePermit(row.id));
  await destroyer.deleteVersions(row, issuePermit(row.id));
  expect(await destroyer.isGone(row)).toBe(true);
  for await (const ref of blobs.list('')) expect.unreachable(ref.key);
  await expect(stat(source)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(keys.openDataKey(row.id, { epoch: row.keyEpoch!, wrapped: row.wrappedKey! })).rejects.toMatchObject({
    code: 'KEY_DESTROYED',
  });
});

test('keys that never had its secret destroy nothing, and do not say so', async () => {
  const { blobs, row } = await archived();
  await mkdir(join(folder, 'others'));
  const keys = scope.use(await openKeyStore(join(folder, 'others')));
  const destroyer = openDestroyer({ keys, blobs, folders: () => [] });
  await expect(destroyer.shred(row, issuePermit(row.id))).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
  for await (const { key } of blobs.list('')) await blobs.remove(key, issuePermit(row.id));
  expect(await destroyer.isGone(row)).toBe(false);
});

test('a store that locks it keeps it, whatever the index says', async () => {
  const { keys, row } = await archived();
  const early = scope.use(await openFileBlobs(join(folder, 'blobs'), () => row.startedAt + 86_400_000));
  const destroyer = openDestroyer({ keys, blobs: early, folders: () => [] });
  await expect(destroyer.deleteVersions(row, issuePermit(row.id))).rejects.toMatchObject({ code: 'BLOB_LOCKED' });
  await expect(destroyer.deleteVersions({ ...row, location: null }, issuePermit(row.id))).rejects.toMatchObject({
    code: 'BLOB_MISSING',
  });
  expect((await readdir(join(folder, 'blobs/customer-call/2026/02/28/23'))).length).toBeGreaterThan(1);
});

test('a certificate is signed, and its hash is a leaf of the log', async () => {
  const { log, signers } = await archived();
  const text = '{"format":"tellerline-destruction-certificate"}';
  const { signatures, leafIndex } = await logCertifier(signers, log, 'DESTROY').certify(text);
  expect(signatures).toEqual([{ key: signers[0]!.keyId, value: expect.stringMatching(/^[A-Za-z0-9+/]{86}==$/) }]);
  expect(await log.leaf(leafIndex!)).toEqual({ type: 'DESTROY', digest: Buffer.from(certificateHash(text), 'hex') });
});
