import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newRecordingId, type RecordingId } from '../../src/domain/ids.ts';
import { sharedMs, wallMs } from '../../src/domain/units.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { surveySpool } from '../../src/recording/spool-survey.ts';
import { parseHead } from '../../src/recording/spool/segment-head.ts';
import { found, spooling, upTo } from './faulty-spool.ts';
import { openedFor } from './opened.ts';
import { KEYS } from './spooled.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-removal-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('segments are bounded; each goes when everything in it is released, its key first, in any order of ends', async () => {
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [1, 3, 0, 2],
  ]) {
    const { disk, keeper, say, settle, end } = spooling(() => undefined, { segmentBytes: 20_000 });
    const ids = order.map(() => newRecordingId(Date.now()));
    for (const id of ids) await keeper.open(openedFor(id), sharedMs(0));
    for (let n = 0; n < 20; n++) {
      for (const id of ids) say(id, n);
      await settle(250);
    }
    expect(disk.files.size).toBeGreaterThan(3);
    for (const { bytes } of disk.files.values()) expect(bytes.length).toBeLessThan(40_000);
    const released = new Set<RecordingId>();
    for (const index of order) {
      const id = ids[index] ?? newRecordingId(0);
      const ending = end(id);
      await settle(300);
      await ending;
      const releasing = keeper.release(id);
      await settle(300);
      await releasing;
      released.add(id);
      // whoever comes after a crash finds those that are not released, whole, and no other
      for (const each of ids)
        if (released.has(each)) expect(await found(folder, disk, each)).toBeUndefined();
        else expect(await found(folder, disk, each)).toMatchObject({ chunks: upTo(20), problems: [] });
    }
    expect(disk.files.size).toBe(0);
    for (const bytes of disk.erased) expect(parseHead(bytes)).toBe('erased');
    expect(disk.erased.length).toBeGreaterThan(3);
    await keeper.close();
  }
});

test('what is released stays released after a crash at any moment of the removal', async () => {
  const { disk, keeper, say, settle, end } = spooling(() => undefined, { segmentBytes: 20_000 });
  const [done, open] = [newRecordingId(1), newRecordingId(2)];
  for (const id of [done, open]) await keeper.open(openedFor(id), sharedMs(0));
  for (let n = 0; n < 40; n++) {
    for (const id of [done, open]) say(id, n);
    await settle(250);
  }
  const before = new Map(disk.files);
  const ending = end(done);
  await settle(300);
  await ending;
  const releasing = keeper.release(done);
  await settle(300);
  await releasing;
  // nothing of it may go, since the other is in all of them; the record of its release lies in the last
  expect([...before.keys()].every((name) => disk.files.has(name))).toBe(true);
  expect(await found(folder, disk, done)).toBeUndefined();
  const second = end(open);
  await settle(300);
  await second;
  const erasing: string[] = [];
  const erase = disk.erase.bind(disk);
  disk.erase = async (name, head) => {
    await erase(name, head);
    erasing.push(name);
    expect(await found(folder, disk, done)).toBeUndefined();
  };
  const made = [...disk.files.keys()];
  const both = keeper.release(open);
  for (const deadline = performance.now() + 50_000; performance.now() < deadline && disk.files.size > 0; ) {
    await settle(300);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await both;
  expect(erasing.slice(0, made.length)).toEqual(made); // then that of its own release, if that was another
  expect(disk.files.size).toBe(0);
  await keeper.close();
});

test('a segment that is just being removed is not taken for one that somebody deleted, and written again', async () => {
  const { disk, keeper, troubles, say, settle, end } = spooling(() => undefined, { segmentBytes: 2_000 });
  const [done, other] = [newRecordingId(1), newRecordingId(2)];
  await keeper.open(openedFor(done), sharedMs(0));
  for (let n = 0; n < 4; n++) {
    say(done, n);
    await settle(250);
  }
  await keeper.open(openedFor(other), sharedMs(0));
  const ending = end(done);
  await settle(300);
  await ending;
  const gone = deferred<void>();
  const removed = deferred<void>();
  const erase = disk.erase.bind(disk);
  disk.erase = async (name, head) => {
    await erase(name, head);
    removed.resolve();
    await gone.promise; // the file is not there any more, and the disk has not said so yet
  };
  const releasing = keeper.release(done);
  await settle(300);
  await removed.promise;
  const looking = end(other);
  await settle(300);
  gone.resolve();
  await settle(300);
  await Promise.all([releasing, looking]);
  expect(await found(folder, disk, done)).toBeUndefined();
  expect(troubles).toEqual([]);
  await keeper.close();
});

test('a segment that an earlier process left goes when its recordings are released', async () => {
  const first = spooling(() => undefined);
  const [sealed, waiting] = [newRecordingId(1), newRecordingId(2)];
  for (const id of [sealed, waiting]) {
    await first.keeper.open(openedFor(id), sharedMs(0));
    first.say(id, 0);
  }
  await first.settle(300);
  await first.keeper.close();
  await first.disk.leaveIn(folder, 'durable');
  const { segments } = await surveySpool([folder], KEYS, () => true, wallMs(Date.now()));
  const next = spooling(() => undefined);
  for (const [name, platter] of first.disk.files) next.disk.files.set(name, platter);
  await next.keeper.adopt(segments);
  const releasing = next.keeper.release(sealed);
  await next.settle(300);
  await releasing;
  expect(next.disk.files.size).toBe(2); // the old one, and the record of the release
  expect(await found(folder, next.disk, sealed)).toBeUndefined();
  expect(await found(folder, next.disk, waiting)).toMatchObject({ chunks: [0] });
  const last = next.keeper.release(waiting);
  await next.settle(300);
  await last;
  expect(next.disk.files.size).toBe(0);
  await next.keeper.close();
});
