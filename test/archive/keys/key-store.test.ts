import { chmod, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { escrowRoot, noteBackup, openEscrow, openShares, shareRoot } from '../../../src/archive/keys/backup.ts';
import { expectBackup } from '../../../src/archive/keys/expect-backup.ts';
import { openKeyStore } from '../../../src/archive/keys/open-key-store.ts';
import { readRootKey, writeRootKey } from '../../../src/archive/keys/root-key.ts';
import { joinShares, splitSecret } from '../../../src/archive/keys/shamir.ts';
import { issuePermit } from '../../../src/domain/destruction-permit.ts';
import { newRecordingId } from '../../../src/domain/ids.ts';
import { wallMs } from '../../../src/domain/units.ts';
import { unwrapKey, wrapKey } from '../../../src/lib/wrap-key.ts';

const NOW = wallMs(Date.UTC(2026, 10, 29, 23));
let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'tellerline-keys-')), 'keys');
});
afterEach(async () => {
  await rm(join(folder, '..'), { recursive: true, force: true });
});

test('AES-KWP agrees with RFC 5649, section 6; another key, or a changed text, opens nothing', () => {
  const hex = (text: string): Buffer => Buffer.from(text, 'hex');
  const kek = hex('5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8');
  const wrapped = hex('138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a');
  expect(wrapKey(kek, hex('c37b7e6492584340bed12207808941155068f738'))).toEqual(wrapped);
  expect(unwrapKey(kek, wrapped)).toEqual(hex('c37b7e6492584340bed12207808941155068f738'));
  expect(unwrapKey(new Uint8Array(24), wrapped)).toBeUndefined();
  for (let at = 0; at < wrapped.length; at++) {
    const changed = Buffer.from(wrapped);
    changed[at] = changed[at]! ^ 1;
    expect(unwrapKey(kek, changed)).toBeUndefined();
  }
});

test('a data key is opened again, also by the next start; each container has its own under one secret', async () => {
  const recording = newRecordingId(NOW);
  await using store = await openKeyStore(folder);
  const one = await store.createDataKey(recording, 'Customer call', NOW);
  const two = await store.createDataKey(recording, 'Customer call', NOW);
  expect(one.wrapped.epoch).toBe('customer-call.2026-11');
  expect(one.key).not.toEqual(two.key);
  await using again = await openKeyStore(folder);
  expect(Buffer.from(await again.openDataKey(recording, one.wrapped))).toEqual(Buffer.from(one.key));
  expect(Buffer.from(await again.openDataKey(recording, two.wrapped))).toEqual(Buffer.from(two.key));
  await expect(again.openDataKey(newRecordingId(NOW), one.wrapped)).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
  expect(again.deriveKey('caller hash')).toEqual(store.deriveKey('caller hash'));
  expect(again.deriveKey('caller hash')).not.toEqual(again.deriveKey('account hash'));
});

test('with the national profile keys are wrapped by SM4; what was wrapped under the other profile is read by both', async () => {
  const recording = newRecordingId(NOW);
  await using first = await openKeyStore(folder);
  const old = await first.createDataKey(recording, 'c', NOW);
  await using national = await openKeyStore(folder, 'national');
  const key = await national.createDataKey(recording, 'c', NOW);
  const other = await national.createDataKey(newRecordingId(NOW), 'other', NOW);
  expect([old, key, other].map(({ wrapped }) => wrapped.wrapped.startsWith('sm4:'))).toEqual([false, true, true]);
  expect(await readFile(join(folder, 'epochs', 'other.2026-11.kek'), 'utf8')).toMatch(/^sm4:/);
  for (const store of [national, await openKeyStore(folder), await openKeyStore(folder, 'national')])
    for (const { key: plain, wrapped } of [old, key])
      expect(Buffer.from(await store.openDataKey(recording, wrapped))).toEqual(Buffer.from(plain));
  const changed = key.wrapped.wrapped.replace(/.(?=.{10}$)/, (one) => (one === 'A' ? 'B' : 'A'));
  await expect(national.openDataKey(recording, { ...key.wrapped, wrapped: changed })).rejects.toMatchObject({
    code: 'KEYS_UNREADABLE',
  });
  await expect(national.openDataKey(recording, { ...key.wrapped, wrapped: 'sm4:' })).rejects.toMatchObject({
    code: 'KEYS_UNREADABLE',
  });
});

test('the keys that a leak scan looks for are all that stand above a recording, and those derived for purposes', async () => {
  const recording = newRecordingId(NOW);
  await using store = await openKeyStore(folder);
  const { wrapped } = await store.createDataKey(recording, 'c', NOW);
  const derived = store.deriveKey('caller hash');
  const keys = await store.keysAbove(recording, wrapped.epoch);
  expect(keys.map(({ name }) => name)).toEqual([
    'root key',
    'key-encryption key c.2026-11',
    'shred secret',
    'key of caller hash',
  ]);
  const root = (await readFile(join(folder, 'root.key'), 'utf8')).split('\n')[2];
  expect(Buffer.from(keys[0]!.bytes).toString('base64')).toBe(root);
  expect(await readFile(join(folder, 'secrets', '2026-11-29.secrets'))).toSatisfy((file: Buffer) =>
    file.includes(Buffer.from(keys[2]!.bytes)),
  );
  expect(keys[3]!.bytes).toEqual(derived);
  for (const { bytes } of keys) bytes.fill(0); // copies
  expect(store.deriveKey('caller hash')).toEqual(derived);
});

test('a destroyed secret is gone: from the file too, for good, and for that recording alone', async () => {
  const [kept, shredded] = [newRecordingId(NOW), newRecordingId(NOW)];
  await using store = await openKeyStore(folder);
  const keys = {
    kept: await store.createDataKey(kept, 'c', NOW),
    shredded: await store.createDataKey(shredded, 'c', NOW),
  };
  const path = join(folder, 'secrets', '2026-11-29.secrets');
  const secret = (await readFile(path)).subarray(64 + 16, 64 + 48);
  await store.destroySecret(issuePermit(shredded));
  await store.destroySecret(issuePermit(shredded));
  expect((await readFile(path)).includes(secret)).toBe(false);
  for (const opened of [store, await openKeyStore(folder)]) {
    await expect(opened.openDataKey(shredded, keys.shredded.wrapped)).rejects.toMatchObject({ code: 'KEY_DESTROYED' });
    await expect(opened.createDataKey(shredded, 'c', NOW)).rejects.toMatchObject({ code: 'KEY_DESTROYED' });
    expect(await opened.has(shredded)).toBe(false);
    expect(await opened.has(kept)).toBe(true);
    expect(Buffer.from(await opened.openDataKey(kept, keys.kept.wrapped))).toEqual(Buffer.from(keys.kept.key));
  }
});

test('what a crash left of a row is written over; a damaged row is said to be one', async () => {
  const path = join(folder, 'secrets', '2026-11-29.secrets');
  const [first, second, third] = [newRecordingId(NOW), newRecordingId(NOW), newRecordingId(NOW)];
  const key = await openKeyStore(folder).then((store) => store.createDataKey(first, 'c', NOW));
  await openKeyStore(folder).then((store) => store.createDataKey(second, 'c', NOW));
  await truncate(path, 64 + 40);
  await using store = await openKeyStore(folder);
  expect(await store.has(second)).toBe(false);
  await store.createDataKey(third, 'c', NOW);
  expect((await stat(path)).size).toBe(128);
  expect(Buffer.from(await store.openDataKey(first, key.wrapped))).toEqual(Buffer.from(key.key));
  const bytes = await readFile(path);
  bytes[20] = bytes[20]! ^ 1;
  await writeFile(path, bytes);
  await expect(store.openDataKey(first, key.wrapped)).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
});

test('keys are for their owner alone: files 0600, folders 0700; a root key that others may read is refused', async () => {
  await openKeyStore(folder).then((store) => store.createDataKey(newRecordingId(NOW), 'c', NOW));
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const { mode } = await stat(join(entry.parentPath, entry.name));
    expect([entry.name, (mode & 0o777).toString(8)]).toEqual([entry.name, entry.isDirectory() ? '700' : '600']);
  }
  await chmod(join(folder, 'root.key'), 0o640);
  await expect(openKeyStore(folder)).rejects.toMatchObject({
    code: 'KEYS_UNREADABLE',
    message: expect.stringContaining('chmod 600'),
  });
});

test('a lost root key is not replaced by another; its backup brings every recording back', async () => {
  const recording = newRecordingId(NOW);
  const key = await openKeyStore(folder).then((store) => store.createDataKey(recording, 'c', NOW));
  const root = (await readRootKey(folder))!;
  await rm(join(folder, 'root.key'));
  await expect(openKeyStore(folder)).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
  await writeRootKey(folder, root);
  await using store = await openKeyStore(folder);
  expect(Buffer.from(await store.openDataKey(recording, key.wrapped))).toEqual(Buffer.from(key.key));
  await expect(writeRootKey(folder, new Uint8Array(32))).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
});

test('the key store says that it has no backup until it has one, of this very key', async () => {
  await using store = await openKeyStore(folder);
  expect((await store.state()).problems).toEqual([expect.stringContaining('no backup')]);
  const state = await store.state();
  expect(() => expectBackup(state)).toThrow('archive keys backup');
  await noteBackup(folder, new Uint8Array(32), NOW);
  expect((await store.state()).problems).toHaveLength(1);
  await noteBackup(folder, (await readRootKey(folder))!, NOW);
  expect(await store.state()).toMatchObject({ problems: [], backedUp: NOW });
  expectBackup(await store.state());
});

test('an escrow opens with its passphrase, and with no other; a changed one does not', async () => {
  const root = new Uint8Array(32).map((_, i) => i * 5);
  const text = await escrowRoot(root, 'correct horse battery');
  expect(await openEscrow(text, 'correct horse battery')).toEqual(root);
  await expect(openEscrow(text, 'correct horse batterz')).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
  const lines = text.split('\n');
  const body = Buffer.from(lines[2]!, 'base64');
  body[40] = body[40]! ^ 4;
  await expect(
    openEscrow([lines[0], lines[1], body.toString('base64')].join('\n'), 'correct horse battery'),
  ).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
  await expect(escrowRoot(root, 'short')).rejects.toMatchObject({ code: 'USAGE' });
});

test('any three of five shares give the key; two do not; a mistyped or foreign share is named', () => {
  const root = new Uint8Array(32).map((_, i) => 255 - i);
  const shares = shareRoot(root, 3, 5);
  for (let a = 0; a < 5; a++)
    for (let b = a + 1; b < 5; b++)
      for (let c = b + 1; c < 5; c++) expect(openShares([shares[c]!, shares[a]!, shares[b]!])).toEqual(root);
  expect(() => openShares(shares.slice(0, 2))).toThrow('3 different shares are needed, there are 2');
  expect(() => openShares([shares[0]!, shares[0]!, shares[0]!])).toThrow('there are 1');
  expect(() =>
    openShares([
      shares[0]!,
      shares[1]!.replace(/[0-9](?=[0-9a-f]{3} )/, (digit) => (digit === '1' ? '2' : '1')),
      shares[2]!,
    ]),
  ).toThrow('share 2');
  expect(() => openShares([shares[0]!, shares[1]!, shareRoot(new Uint8Array(32), 3, 5)[2]!])).toThrow(
    'different root keys',
  );
  expect(() => shareRoot(root, 1, 5)).toThrow('at least two');
});

test('Shamir: threshold shares give the secret, one fewer says nothing of a byte', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.integer({ min: 2, max: 6 }),
      fc.integer({ min: 0, max: 4 }),
      (secret, threshold, more) => {
        const shares = splitSecret(secret, threshold, threshold + more);
        expect(joinShares(shares.slice(more))).toEqual(secret);
      },
    ),
  );
  // with the share of one person of two, every secret is as likely as any other: their bytes are spread
  const seen = new Set(Array.from({ length: 4000 }, () => splitSecret(new Uint8Array([42]), 2, 2)[0]!.y[0]!));
  expect(seen.size).toBeGreaterThan(250);
});
