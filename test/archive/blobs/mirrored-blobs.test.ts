import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFileBlobs } from '../../../src/archive/blobs/file-blobs.ts';
import { mirroredBlobs } from '../../../src/archive/blobs/mirrored-blobs.ts';
import { issuePermit } from '../../../src/domain/destruction-permit.ts';
import type { RecordingId } from '../../../src/domain/ids.ts';
import { wallMs } from '../../../src/domain/units.ts';

const KEY = 'customer-call/2026/11/29/23/0190a0a0-0000-7000-8000-000000000001.rec';
const PERMIT = issuePermit('0190a0a0-0000-7000-8000-000000000001' as RecordingId);
const governance = (seconds: number) => ({ mode: 'GOVERNANCE', until: wallMs(Date.now() + seconds * 1000) }) as const;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-mirrored-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('two copies', () => {
  const openBoth = async () => {
    const [first, second] = [
      await openFileBlobs(join(folder, 'blobs'), Date.now),
      await openFileBlobs(join(folder, 'copy'), Date.now),
    ];
    return { first, second, both: mirroredBlobs(first, second, Date.now) };
  };

  test('what one store has lost is read from the other; lists have what either has, once', async () => {
    const { first, second, both } = await openBoth();
    const content = randomBytes(500);
    for (const key of ['a/1.rec', 'b/2.rec', 'c/3.rec']) await both.put(key, content, governance(60));
    await rm(join(folder, 'blobs/b'), { recursive: true });
    await rm(join(folder, 'copy/c'), { recursive: true });
    expect(await first.find('b/2.rec')).toBeUndefined();
    expect(await second.find('c/3.rec')).toBeUndefined();
    for (const key of ['a/1.rec', 'b/2.rec', 'c/3.rec']) {
      const ref = await both.find(key);
      expect(Buffer.from(await both.read(ref!, 0, 500)).equals(content)).toBe(true);
      expect(await both.state(ref!)).toMatchObject({ bytes: 500, lock: { mode: 'GOVERNANCE' } });
    }
    expect((await all(both.list(''))).map(({ key }) => key)).toEqual(['a/1.rec', 'b/2.rec', 'c/3.rec']);
    expect(await both.find('d/4.rec')).toBeUndefined();
    await expect(both.state({ key: 'd/4.rec', version: '1' })).rejects.toMatchObject({ code: 'BLOB_MISSING' });
  });

  test('a copy that cannot be written is no copy: nothing is said to be stored', async () => {
    const { both, first } = await openBoth();
    await rm(join(folder, 'copy'), { recursive: true });
    await writeFile(join(folder, 'copy'), 'no folder');
    await expect(both.put(KEY, randomBytes(10), governance(60))).rejects.toMatchObject({ code: 'BLOBS_UNREACHABLE' });
    const ref = await first.find(KEY);
    expect(await both.read(ref!, 0, 10)).toHaveLength(10);
  });

  test('neither loses what the other keeps', async () => {
    const { both, second } = await openBoth();
    await both.put(KEY, randomBytes(10), { mode: 'GOVERNANCE', until: wallMs(Date.now() - 1) });
    await second.setLegalHold({ key: KEY, version: '1' }, true);
    await expect(both.remove(KEY, PERMIT)).rejects.toMatchObject({ code: 'BLOB_LOCKED' });
    expect((await all(both.copies[0]!.list(''))).length).toBe(1);
    await second.setLegalHold({ key: KEY, version: '1' }, false);
    await both.remove(KEY, PERMIT);
    expect(await all(both.list(''))).toEqual([]);
  });
});
