import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Blobs } from '../../../src/archive/blobs/blobs.ts';
import { openFileBlobs } from '../../../src/archive/blobs/file-blobs.ts';
import { wholeBlob } from '../../../src/archive/pipeline/pack-file.ts';
import { wallMs } from '../../../src/domain/units.ts';
import { CHUNK_BYTES } from '../../../src/lib/chunks.ts';

test.each([
  [8 << 20, 1],
  [(8 << 20) + 1, 9],
])('an object of %i bytes is read by %i requests to its store, chunk by chunk, and at its end', async (bytes, most) => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-whole-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const content = randomBytes(bytes);
  await using store = await openFileBlobs(folder, Date.now);
  const ref = await store.put('a/b.rec', content, { mode: 'GOVERNANCE', until: wallMs(Date.now() + 1_000) });
  let requests = 0;
  const blobs: Blobs = {
    ...store,
    read(...given) {
      requests += 1;
      return store.read(...given);
    },
  };
  const source = await wholeBlob(blobs, ref);
  const parts: Uint8Array[] = [];
  for (let from = 0; from < source.bytes; from += CHUNK_BYTES)
    parts.push(await source.read(from, Math.min(from + CHUNK_BYTES, source.bytes)));
  expect(Buffer.concat(parts).equals(content)).toBe(true);
  expect(requests).toBeLessThanOrEqual(most);
  expect(Buffer.from(await source.read(bytes - 10, bytes + 10))).toEqual(content.subarray(-10));
  expect(Buffer.from(await source.read(3, 5))).toEqual(content.subarray(3, 5));
});
