import { generateKeyPairSync } from 'node:crypto';
import { copyFile, cp, mkdtemp, open, readdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeEntry, RECORD_BYTES } from '../../../src/archive/log/entry.ts';
import type { Leaf } from '../../../src/archive/log/leaf.ts';
import { hashLeaf } from '../../../src/archive/log/merkle-tree.ts';
import { openTransparencyLog } from '../../../src/archive/log/open-transparency-log.ts';
import type { TransparencyLog } from '../../../src/archive/log/transparency-log.ts';
import { ed25519Signer } from '../../../src/archive/signing/ed25519-signer.ts';
import { rawEd25519 } from '../../../src/archive/signing/raw-key.ts';
import { rootOf, verifyConsistency, verifyInclusion } from '../../../src/verify/merkle.ts';
import { parseNote, parseTreeHead, signedByLog } from '../../../src/verify/note.ts';

const signer = ed25519Signer(generateKeyPairSync('ed25519').privateKey);
const origin = 'bank.example/tellerline';
const key = { name: origin, raw: rawEd25519(signer.publicKey) };

/** The n-th leaf: type and digest follow from its number. */
const leaf = (n: number): Leaf => {
  const digest = Buffer.alloc(32, n % 251);
  digest.writeUInt32BE(n);
  return { type: n % 3 === 0 ? 'RECORDING' : 'ACCESS-BATCH', digest };
};
const hashes = (size: number): Buffer[] =>
  Array.from({ length: size }, (_, n) => hashLeaf(encodeEntry(leaf(n)), 'sha256'));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const opened = (at = folder): Promise<TransparencyLog> => openTransparencyLog({ folder: at, origin, signer });
const fill = (log: TransparencyLog, from: number, to: number): Promise<number[]> =>
  Promise.all(Array.from({ length: to - from }, (_, n) => log.append(leaf(from + n))));
const entriesFile = (at = folder): string => join(at, 'entries', '0000000000000000');

test('leaves get their indexes in order, the checkpoint is a C2SP note over their root, and proofs verify across tiles', async () => {
  await using log = await opened();
  const size = 700;
  expect(await fill(log, 0, size)).toEqual(Array.from({ length: size }, (_, n) => n));
  const checkpoint = await log.checkpoint();
  expect(checkpoint.size).toBe(size);
  expect(Buffer.from(checkpoint.root)).toEqual(Buffer.from(await rootOf(hashes(size), 'sha256')));
  const note = parseNote(checkpoint.note);
  expect(await signedByLog(note, key)).toBe(true);
  expect(parseTreeHead(note.text)).toEqual({ origin, size, root: new Uint8Array(checkpoint.root), hash: 'sha256' });
  for (const index of [0, 1, 255, 256, 511, 512, 698, 699]) {
    const proof = await log.inclusionProof(index, size);
    expect(await verifyInclusion(hashes(size)[index]!, index, checkpoint, proof)).toBe(true);
  }
  for (const from of [1, 2, 255, 256, 257, 512, 699]) {
    const proof = await log.consistencyProof(from, size);
    expect(
      await verifyConsistency(
        { size: from, root: await rootOf(hashes(from), 'sha256'), hash: 'sha256' },
        checkpoint,
        proof,
      ),
    ).toBe(true);
  }
  await expect(log.inclusionProof(700, 700)).rejects.toThrow(RangeError);
  await expect(log.consistencyProof(5, 701)).rejects.toThrow(RangeError);
});

test('after opening again it goes on where it was, and gives the same roots', async () => {
  {
    await using log = await opened();
    await fill(log, 0, 300);
    await log.checkpoint();
  }
  await using log = await opened();
  expect(log.size).toBe(300);
  expect(log.latest()?.size).toBe(300);
  await fill(log, 300, 600);
  expect(Buffer.from((await log.checkpoint()).root)).toEqual(Buffer.from(await rootOf(hashes(600), 'sha256')));
  expect(await log.leaf(299)).toEqual({ type: leaf(299).type, digest: leaf(299).digest });
});

test('a leaf that is appended again keeps its index, before and after a restart', async () => {
  {
    await using log = await opened();
    const both = await Promise.all([log.append(leaf(7)), log.append(leaf(8)), log.append(leaf(7))]);
    expect(both).toEqual([0, 1, 0]);
  }
  await using log = await opened();
  expect(await log.append(leaf(8))).toBe(1);
  expect(log.size).toBe(2);
  expect(await log.find(leaf(7))).toBe(0);
  expect(await log.find(leaf(9))).toBeUndefined();
});

test('cut at any byte, the log opens with every leaf that was whole, and takes the others anew', async () => {
  {
    await using log = await opened();
    await fill(log, 0, 3);
  }
  const length = 3 * RECORD_BYTES;
  for (let cut = 0; cut <= length; cut++) {
    const at = `${folder}-cut`;
    await cp(folder, at, { recursive: true });
    await truncate(entriesFile(at), cut);
    await using log = await opened(at);
    const whole = Math.floor(cut / RECORD_BYTES);
    expect(log.size).toBe(whole);
    await fill(log, 0, 5);
    expect(Buffer.from((await log.checkpoint()).root)).toEqual(Buffer.from(await rootOf(hashes(5), 'sha256')));
    await rm(at, { recursive: true });
  }
});

test('any byte of the last batch torn, with what was written after it there: the leaves before it stay', async () => {
  {
    await using log = await opened();
    await fill(log, 0, 2);
    await fill(log, 2, 4);
  }
  const sound = await readFile(entriesFile());
  for (let at = 2 * RECORD_BYTES; at < sound.length; at++) {
    const torn = Buffer.from(sound);
    torn[at]! ^= 0xff;
    await writeFile(entriesFile(), torn);
    await using log = await opened();
    expect(log.size).toBe(Math.floor(at / RECORD_BYTES));
  }
});

test('a byte changed in a batch that was durable is damage, and nothing is cut off', async () => {
  {
    await using log = await opened();
    await fill(log, 0, 2);
    await fill(log, 2, 4);
  }
  const sound = await readFile(entriesFile());
  for (let at = 0; at < 2 * RECORD_BYTES; at++) {
    const changed = Buffer.from(sound);
    changed[at]! ^= 1;
    await writeFile(entriesFile(), changed);
    await expect(opened()).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
    expect(await readFile(entriesFile())).toEqual(changed);
  }
});

test('a log with fewer or other entries than were signed does not open', async () => {
  {
    await using log = await opened();
    await fill(log, 0, 5);
    await log.checkpoint();
  }
  const sound = await readFile(entriesFile());
  await truncate(entriesFile(), 4 * RECORD_BYTES);
  await expect(opened()).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
  // one bad byte in the only batch is no torn tail either: so many were signed. What is left is left alone
  const rotten = Buffer.from(sound);
  rotten[2 * RECORD_BYTES + 9]! ^= 1;
  await writeFile(entriesFile(), rotten);
  await expect(opened()).rejects.toMatchObject({ code: 'LOG_DAMAGED', facts: { index: 2 } });
  expect(await readFile(entriesFile())).toEqual(rotten);
  // whole, valid records of another history
  const other = await mkdtemp(join(tmpdir(), 'tellerline-log-other-'));
  {
    await using log = await opened(other);
    await fill(log, 10, 15);
  }
  await copyFile(entriesFile(other), entriesFile());
  await expect(opened()).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
  await writeFile(entriesFile(), sound);
  await using log = await opened();
  expect(log.size).toBe(5);
  await rm(other, { recursive: true });
});

test('tiles that are missing, short or changed are made again', async () => {
  {
    await using log = await opened();
    await fill(log, 0, 1_100);
    await log.checkpoint();
  }
  const tiles = (await readdir(join(folder, 'tile', '0'))).sort();
  expect(tiles).toEqual(['000', '001', '002', '003']);
  await unlink(join(folder, 'tile/0/000'));
  await truncate(join(folder, 'tile/0/001'), 100);
  await using log = await opened();
  const { root } = await log.checkpoint();
  const file = await open(join(folder, 'tile/0/002'), 'r+');
  await file.write(Buffer.alloc(64), 0, 64, 320);
  await file.close();
  for (const index of [3, 300, 522, 800, 1_050]) {
    const proof = await log.inclusionProof(index, 1_100);
    expect(await verifyInclusion(hashes(1_100)[index]!, index, { size: 1_100, root, hash: 'sha256' }, proof)).toBe(
      true,
    );
  }
});

test('a sync that failed is not asked again: what it left is cut off, and the leaf may be appended again', async () => {
  const file = await open(join(folder, 'some-file'), 'w');
  const handle = Object.getPrototypeOf(file) as {
    datasync: () => Promise<void>;
    truncate: (size: number) => Promise<void>;
  };
  await file.close();
  const { datasync, truncate: cut } = handle;
  const asked: string[] = [];
  let failing = false;
  handle.datasync = function (this: typeof handle) {
    asked.push('sync');
    if (failing) return Promise.reject(Object.assign(new Error('i/o error'), { code: 'EIO' }));
    return datasync.call(this);
  };
  handle.truncate = function (this: typeof handle, size: number) {
    asked.push(`cut to ${size}`);
    return cut.call(this, size);
  };
  try {
    await using log = await opened();
    await fill(log, 0, 3);
    failing = true;
    await expect(log.append(leaf(3))).rejects.toMatchObject({ code: 'LOG_UNWRITABLE', facts: { cause: 'EIO' } });
    await expect(log.append(leaf(4))).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
    expect(log.size).toBe(3);
    failing = false;
    asked.length = 0;
    expect(await log.append(leaf(4))).toBe(3);
    expect(asked).toEqual([`cut to ${3 * RECORD_BYTES}`, 'sync', 'sync']);
    expect(await log.append(leaf(3))).toBe(4);
    const root = await rootOf(
      [0, 1, 2, 4, 3].map((n) => hashLeaf(encodeEntry(leaf(n)), 'sha256')),
      'sha256',
    );
    expect(Buffer.from((await log.checkpoint()).root).equals(root)).toBe(true);
  } finally {
    Object.assign(handle, { datasync, truncate: cut });
  }
  await using again = await opened();
  expect(again.size).toBe(5);
  expect(await again.leaf(3)).toMatchObject({ digest: leaf(4).digest });
});
