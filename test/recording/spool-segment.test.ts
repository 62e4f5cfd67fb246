import { recordingMs, sharedMs, wallMs } from '../../src/domain/units.ts';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newRecordingId, type RecordingId } from '../../src/domain/ids.ts';
import { readSpool } from '../../src/recording/read-spool.ts';
import { SpoolKeeper } from '../../src/recording/spool-keeper.ts';
import { surveySpool } from '../../src/recording/spool-survey.ts';
import { HEAD_BYTES } from '../../src/recording/spool/segment-head.ts';
import { HEADER_BYTES, parseHeader } from '../../src/recording/spool/spool-record.ts';
import { FaultyDisk } from './faulty-disk.ts';
import { openedFor } from './opened.ts';
import { keeperOptions, KEYS, pieceOf } from './spooled.ts';
import { assertProperty } from '../support/assert-property.ts';

/* A segment of two recordings as the spool writes it, and what becomes of it on bad disks and in bad hands. */

const CHUNKS = 8;
const [A, B] = [newRecordingId(1), newRecordingId(2)];
const all = Array.from({ length: CHUNKS }, (_, n) => n);

let folder = '';
let name = '';
let whole: Buffer = Buffer.alloc(0);
/** Where the segment's records begin, and its end. */
let bounds: readonly number[] = [];
/** Of each record, the first number of its commit. */
let commits: readonly number[] = [];

const byte = (recording: RecordingId, n: number): number => (recording === A ? n : 128 + n);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-segment-'));
  const disk = new FaultyDisk(() => undefined);
  let now = 0;
  const keeper = new SpoolKeeper(keeperOptions(() => now, { disk }));
  await Promise.all([A, B].map((id) => keeper.open(openedFor(id), sharedMs(0))));
  for (const n of all) {
    for (const recording of [A, B]) keeper.take(pieceOf(recording, n, byte(recording, n)));
    now += 250;
    keeper.tick();
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  }
  keeper.take({ type: 'track-closed', recording: A, track: 'customer' });
  keeper.take({ type: 'track-closed', recording: B, track: 'customer' });
  await Promise.all([keeper.end(A, recordingMs(now)), keeper.end(B, recordingMs(now))]);
  await keeper.close();
  await disk.leaveIn(folder, 'durable');
  [name = ''] = disk.files.keys();
  whole = await readFile(join(folder, name));
  const starts: number[] = [];
  const begun: number[] = [];
  for (let at = HEAD_BYTES; at < whole.length; ) {
    const header = parseHeader(whole, at);
    if (typeof header !== 'object') throw new Error('not a record');
    starts.push(at);
    begun.push(header.commit);
    at += header.length;
  }
  bounds = [...starts, whole.length];
  commits = begun;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface ReadBack {
  readonly chunks: readonly number[];
  readonly ended: boolean;
  readonly problems: readonly string[];
}

/** Reads what a process left, and checks that every piece is one that was written, byte for byte. */
async function readBack(bytes: Uint8Array): Promise<ReadonlyMap<RecordingId, ReadBack>> {
  const home = await mkdtemp(join(folder, 'read-'));
  await writeFile(join(home, name), bytes);
  const { recordings } = await surveySpool([home], KEYS, () => true, wallMs(Date.now()));
  const found = new Map<RecordingId, ReadBack>();
  for (const { recording, places } of recordings) {
    await using spool = await readSpool(recording, places, [home], KEYS);
    const chunks: number[] = [];
    for (const piece of spool.audio) {
      const n = piece.at / 800;
      expect(Buffer.from(piece.octets())).toEqual(Buffer.alloc(800, byte(recording, n)));
      chunks.push(n);
    }
    expect(spool.opened?.recording ?? recording).toBe(recording);
    found.set(recording, { chunks, ended: spool.ended !== undefined, problems: spool.problems });
  }
  return found;
}

test('a whole segment is read whole; nothing of it can be read without its key, not even what is always the same', async () => {
  const read = await readBack(whole);
  for (const id of [A, B]) expect(read.get(id)).toEqual({ chunks: all, ended: true, problems: [] });
  for (const n of all) expect(whole.includes(Buffer.alloc(16, n)) && n > 0).toBe(false);
  expect(whole.includes('customer')).toBe(false);
  const { recordings, unreadable } = await surveySpool(
    [folder],
    { wrapping: new Uint8Array(32), former: [] },
    () => true,
    wallMs(Date.now()),
  );
  expect([recordings.length, unreadable.length]).toEqual([0, 1]);
});

test('a segment cut at any record, or anywhere, gives exactly the records that are whole', async () => {
  const cutAt = async (length: number): Promise<void> => {
    const read = await readBack(whole.subarray(0, length));
    for (const id of [A, B]) {
      const { chunks = [], ended = false, problems = [] } = read.get(id) ?? {};
      expect({ chunks, problems }).toEqual({ chunks: all.slice(0, chunks.length), problems: [] });
      expect(ended && length < (bounds.at(-3) ?? 0)).toBe(false);
    }
    const records = bounds.filter((end) => end <= length).length - 1;
    const total = [A, B].reduce((sum, id) => sum + (read.get(id)?.chunks.length ?? 0), 0);
    // besides audio: two times twice whose it is, and at the end what closes them
    expect(total).toBeGreaterThanOrEqual(Math.min(2 * CHUNKS, records - 4));
  };
  for (const length of bounds) await cutAt(length);
  await assertProperty(fc.asyncProperty(fc.integer({ min: HEAD_BYTES, max: whole.length - 1 }), cutAt), {
    numRuns: 30,
  });
});

test('any bit flipped: one record is lost at most, of one recording, and that is told; the other is whole', async () => {
  await assertProperty(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      const read = [...(await readBack(bytes)).values()];
      expect(read).toHaveLength(2);
      const hurt = read.filter(({ chunks, ended }) => chunks.length < CHUNKS || !ended);
      expect(hurt.length).toBeLessThanOrEqual(1);
      for (const { chunks, ended, problems } of hurt) {
        expect(chunks.length).toBeGreaterThanOrEqual(CHUNKS - 1);
        // its very last record: what a crash may lose as well
        if (ended) expect(problems).toHaveLength(1);
      }
      for (const one of read)
        if (!hurt.includes(one) && one.problems.length > 0) expect(at).toBeGreaterThan(HEAD_BYTES);
    }),
    { numRuns: 80 },
  );
});

test('each bit of a record matters: header, link, ciphertext and tag', async () => {
  const [from = 0, to = 0] = bounds.slice(7, 9);
  for (const at of [from, from + 4, from + 5, from + 9, from + 13, from + 17, from + 33, from + HEADER_BYTES, to - 1]) {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] ?? 0) ^ 0x01;
    const told = [...(await readBack(bytes)).values()].flatMap(({ problems }) => problems);
    expect(told).toEqual([expect.stringMatching(/^spool: records \d+ to \d+ are missing/)]);
  }
});

/** The segment with its records in another order, some left out or twice. */
const rearranged = (order: readonly number[]): Buffer =>
  Buffer.concat([
    whole.subarray(0, HEAD_BYTES),
    ...order.map((index) => whole.subarray(bounds[index], bounds[index + 1])),
  ]);

test('records removed in the middle are missed, whoever’s they were', async () => {
  const indices = commits.map((_, index) => index);
  await assertProperty(
    fc.asyncProperty(
      fc.integer({ min: 6, max: commits.length - 7 }),
      fc.integer({ min: 1, max: 4 }),
      async (at, count) => {
        const read = await readBack(rearranged([...indices.slice(0, at), ...indices.slice(at + count)]));
        const lost = 2 * CHUNKS - [...read.values()].reduce((sum, { chunks }) => sum + chunks.length, 0);
        const told = new Set([...read.values()].filter(({ problems }) => problems.length > 0));
        expect(lost).toBeGreaterThan(0);
        for (const one of read.values()) expect(one.chunks.length === CHUNKS || told.has(one)).toBe(true);
      },
    ),
    { numRuns: 40 },
  );
});

test('records of one recording that were exchanged, each of them whole, are told', async () => {
  const own = commits
    .map((_, index) => index)
    .filter((index) => {
      const header = parseHeader(whole, bounds[index] ?? 0);
      return typeof header === 'object' && header.recording === A && header.type === 'audio';
    });
  await assertProperty(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom(...own), { minLength: 2, maxLength: 2 }),
      async ([x = 0, y = 0]) => {
        const order = commits.map((_, index) => (index === x ? y : index === y ? x : index));
        const read = await readBack(rearranged(order));
        expect(read.get(A)?.problems).toEqual(['spool: its records lie in another order than they were written']);
        expect(read.get(A)?.chunks).toEqual(all);
      },
    ),
    { numRuns: 20 },
  );
});

test('records of another segment, though under a key of ours, are not taken for its own', async () => {
  const other = new FaultyDisk(() => undefined);
  const keeper = new SpoolKeeper(keeperOptions(() => 0, { disk: other }));
  await keeper.open(openedFor(A), sharedMs(0));
  keeper.take({ type: 'track-closed', recording: A, track: 'customer' });
  await keeper.end(A, recordingMs(0));
  await keeper.close();
  const [foreign] = other.files.values();
  const cut = bounds[8] ?? 0;
  const strange = foreign?.durable.subarray(HEAD_BYTES) ?? Buffer.alloc(0);
  expect(strange.length).toBeGreaterThan(HEADER_BYTES);
  const read = await readBack(Buffer.concat([whole.subarray(0, cut), strange, whole.subarray(cut)]));
  for (const id of [A, B]) expect(read.get(id)).toEqual({ chunks: all, ended: true, problems: [] });
});

test('a loss of power that leaves holes in the last commit: each recording ends where its own begins, and nothing is called damaged', async () => {
  // a commit in the middle becomes the last: what came after it was never written
  const last = commits[Math.floor(commits.length / 2)] ?? 0;
  const inLast = commits.flatMap((commit, index) => (commit === last ? [index] : []));
  const before = commits.flatMap((commit, index) => (commit < last ? [index] : []));
  expect(inLast.length).toBeGreaterThanOrEqual(2);
  const [, ...later] = inLast; // its first record did not get to the platter
  const read = await readBack(rearranged([...before, ...later]));
  for (const { problems, chunks } of read.values()) {
    expect(problems).toEqual([]);
    expect(chunks).toEqual(all.slice(0, chunks.length));
  }
});

test('whatever stretches are overwritten, inserted and removed, nothing throws and nothing lies', async () => {
  const change = fc.record({
    at: fc.nat(20_000),
    remove: fc.nat(3_000),
    insert: fc.uint8Array({ maxLength: 2_000 }),
  });
  await assertProperty(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      let bytes: Buffer = Buffer.from(whole);
      for (const { at, remove, insert } of changes)
        bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
      await readBack(bytes);
    }),
    { numRuns: 60 },
  );
});
