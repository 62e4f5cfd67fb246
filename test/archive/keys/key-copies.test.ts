import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openKeyStore } from '../../../src/archive/keys/open-key-store.ts';
import { newRootKey, readRootKey, writeRootKey } from '../../../src/archive/keys/root-key.ts';
import { issuePermit } from '../../../src/domain/destruction-permit.ts';
import { newRecordingId, type RecordingId } from '../../../src/domain/ids.ts';
import { wallMs } from '../../../src/domain/units.ts';

const NOW = wallMs(Date.UTC(2026, 10, 29, 23));
/** As the gate says it. */
const DECIDED = { permit: async (recording: RecordingId) => issuePermit(recording) };
const NOBODY = { permit: () => Promise.resolve(undefined) };
let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'tellerline-keys-')), 'keys');
});
afterEach(async () => {
  await rm(join(folder, '..'), { recursive: true, force: true });
});

test('keys with a copy: what is made is in both, one is enough to read, and what is destroyed is destroyed in both', async () => {
  const copy = join(folder, '..', 'copy');
  const [kept, gone] = [newRecordingId(NOW), newRecordingId(NOW)];
  const made = await openKeyStore(folder, 'international', copy).then(async (store) => ({
    kept: await store.createDataKey(kept, 'c', NOW),
    gone: await store.createDataKey(gone, 'c', NOW),
  }));
  for (const path of ['epochs/c.2026-11.kek', 'secrets/2026-11-29.secrets'])
    expect(await readFile(join(copy, path))).toEqual(await readFile(join(folder, path)));
  await expect(stat(join(copy, 'root.key'))).rejects.toMatchObject({ code: 'ENOENT' }); // it opens nothing by itself
  // the disk of the keys is lost; the root key comes back from its own backup
  const root = (await readRootKey(folder))!;
  for (const name of ['epochs', 'secrets']) await rm(join(folder, name), { recursive: true });
  await using store = await openKeyStore(folder, 'international', copy);
  expect(Buffer.from(await store.openDataKey(kept, made.kept.wrapped))).toEqual(Buffer.from(made.kept.key));
  expect(await store.syncCopy(NOBODY)).toEqual({ changed: 2, undecided: [] });
  expect(await store.syncCopy(NOBODY)).toEqual({ changed: 0, undecided: [] });
  await store.destroySecret(issuePermit(gone));
  for (const place of [folder, copy]) {
    await writeRootKey(place, root);
    await using alone = await openKeyStore(place);
    expect(await alone.isDestroyed(gone)).toBe(true);
    expect(Buffer.from(await alone.openDataKey(kept, made.kept.wrapped))).toEqual(Buffer.from(made.kept.key));
  }
  expect((await store.state()).copy).toBe(copy);
});

test('keys whose copy cannot be written make nothing and destroy nothing, and are read as before', async () => {
  const copy = join(folder, '..', 'copy');
  const recording = newRecordingId(NOW);
  await using store = await openKeyStore(folder, 'international', copy);
  const made = await store.createDataKey(recording, 'c', NOW);
  await rm(copy, { recursive: true });
  await writeFile(copy, 'no folder');
  await using cut = await openKeyStore(folder, 'international', copy);
  expect(Buffer.from(await cut.openDataKey(recording, made.wrapped))).toEqual(Buffer.from(made.key));
  await expect(cut.createDataKey(newRecordingId(NOW), 'c', NOW)).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
  await expect(cut.destroySecret(issuePermit(recording))).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
});

test('copies that differ become the same: what one lacks or has damaged is written, what one has destroyed is destroyed', async () => {
  const copy = join(folder, '..', 'copy');
  const [first, second, third] = [newRecordingId(NOW), newRecordingId(NOW), newRecordingId(NOW)];
  const keys = await openKeyStore(folder).then(async (store) => ({
    first: await store.createDataKey(first, 'c', NOW),
    second: await store.createDataKey(second, 'c', NOW),
  }));
  await openKeyStore(folder, 'international', copy).then((store) => store.syncCopy(NOBODY)); // configured later
  await openKeyStore(folder).then((store) => store.destroySecret(issuePermit(first))); // while the copy was away
  const path = join(copy, 'secrets', '2026-11-29.secrets');
  const bytes = await readFile(path);
  bytes[64 + 20] = bytes[64 + 20]! ^ 1;
  await writeFile(path, bytes);
  await using store = await openKeyStore(folder, 'international', copy);
  await store.createDataKey(third, 'c', NOW);
  expect(Buffer.from(await store.openDataKey(second, keys.second.wrapped))).toEqual(Buffer.from(keys.second.key));
  await expect(store.openDataKey(first, keys.first.wrapped)).rejects.toMatchObject({ code: 'KEY_DESTROYED' });
  expect(await store.syncCopy(DECIDED)).toEqual({ changed: 2, undecided: [] });
  expect(await readFile(path)).toEqual(await readFile(join(folder, 'secrets', '2026-11-29.secrets')));
});

test('zeros in one copy that nobody decided do not take the other one with them: they are told, and a repair writes the secret back', async () => {
  const copy = join(folder, '..', 'copy');
  for (const damaged of [folder, copy]) {
    const recording = newRecordingId(NOW);
    await using store = await openKeyStore(folder, 'international', copy);
    const made = await store.createDataKey(recording, 'c', NOW);
    const path = join(damaged, 'secrets', '2026-11-29.secrets');
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0, bytes.length - 48));
    await using again = await openKeyStore(folder, 'international', copy);
    expect(await again.syncCopy(NOBODY)).toEqual({ changed: 0, undecided: [recording] });
    await expect(again.openDataKey(recording, made.wrapped)).rejects.toMatchObject({ code: 'KEY_DESTROYED' });
    expect(await again.syncCopy({ ...NOBODY, repair: true })).toEqual({ changed: 1, undecided: [] });
    expect(Buffer.from(await again.openDataKey(recording, made.wrapped))).toEqual(Buffer.from(made.key));
    expect(await readFile(join(copy, 'secrets', '2026-11-29.secrets'))).toEqual(
      await readFile(join(folder, 'secrets', '2026-11-29.secrets')),
    );
  }
});

test('copies of many keys are compared without keeping the thread from others, and a comparison can be broken off', async () => {
  const copy = join(folder, '..', 'copy');
  const rows = (count: number): Buffer => {
    const bytes = Buffer.alloc(count * 64);
    for (let n = 0; n < count; n++) bytes.set(Buffer.from(newRecordingId(NOW).replaceAll('-', ''), 'hex'), n * 64); // destroyed
    return bytes;
  };
  const day = rows(20_000);
  for (const [place, bytes] of [
    [folder, day],
    [copy, Buffer.concat([day.subarray(64), day.subarray(0, 64)])], // the same in another order
  ] as const) {
    await mkdir(join(place, 'secrets'), { recursive: true, mode: 0o700 });
    await writeFile(join(place, 'secrets', '2026-11-29.secrets'), bytes, { mode: 0o600 });
  }
  await writeRootKey(folder, newRootKey());
  await using store = await openKeyStore(folder, 'international', copy);
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  expect(await store.syncCopy(NOBODY)).toMatchObject({ changed: 0 });
  clearImmediate(next);
  expect(turns).toBeGreaterThan(200); // the rows of two copies are gone through twice, some hundreds a turn
  await writeFile(join(copy, 'secrets', '2026-11-29.secrets'), day.subarray(0, 64), { mode: 0o600 });
  expect(await store.syncCopy({ ...NOBODY, signal: AbortSignal.abort() })).toMatchObject({ changed: 0 });
  expect((await stat(join(copy, 'secrets', '2026-11-29.secrets'))).size).toBe(64);
});
