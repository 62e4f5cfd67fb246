import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newRecordingId } from '../../src/domain/ids.ts';
import { sharedMs } from '../../src/domain/units.ts';
import type { Fault } from './faulty-disk.ts';
import { found, spooling, upTo } from './faulty-spool.ts';
import { openedFor } from './opened.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('all calls share one file, one write and one sync; a commit outlives the process and the loss of power', async () => {
  const { disk, keeper, say, settle } = spooling(() => undefined);
  const ids = upTo(20).map((n) => newRecordingId(n));
  await Promise.all(ids.map((id) => keeper.open(openedFor(id), sharedMs(0))));
  expect(disk.operations).toEqual(['create', 'write', 'sync']);
  for (const id of ids) say(id, 0);
  expect(keeper.oldestUnsyncedMs).toBe(0);
  await settle(190);
  expect(disk.operations).toHaveLength(3);
  expect(keeper.oldestUnsyncedMs).toBe(190);
  await settle(40);
  expect(disk.operations).toEqual(['create', 'write', 'sync', 'write', 'sync']);
  expect(keeper.oldestUnsyncedMs).toBe(0);
  expect(disk.files.size).toBe(1);
  for (const id of ids) expect((await found(folder, disk, id))?.chunks).toEqual([0]);
  await keeper.close();
});

const FAULTS: readonly Exclude<Fault, undefined>[] = ['EIO', 'ENOSPC', 'short'];

/** SQLite's fault loop: the k-th operation fails, for every k, until a run is over before its k-th. */
test.each(FAULTS)('%s at the k-th operation, for every k: nothing is lost once the disk works again', async (fault) => {
  for (let k = 1; ; k++) {
    const { disk, keeper, troubles, say, settle, end } = spooling((operation, n) =>
      n === k && (fault !== 'short' || operation === 'write') ? fault : undefined,
    );
    const id = newRecordingId(1);
    const opening = keeper.open(openedFor(id), sharedMs(0)).then(
      () => 'open',
      (thrown: unknown) => (thrown as { code: string }).code,
    );
    await settle(2_000);
    const opened = await opening;
    if (opened !== 'open') {
      expect([opened, k <= 3]).toEqual([fault === 'ENOSPC' ? 'DISK_FULL' : 'RECORDINGS_UNWRITABLE', true]);
      await settle(2_000);
      // what was written of it in the end is released in the same breath
      expect(await found(folder, disk, id)).toBeUndefined();
      await keeper.close();
      continue;
    }
    for (let n = 0; n < 6; n++) {
      say(id, n);
      await settle(400);
    }
    await settle(3_000);
    const ending = end(id);
    await settle(3_000);
    await ending;
    expect(await found(folder, disk, id)).toEqual({
      chunks: upTo(6),
      ended: true,
      problems: [],
      gaps: [],
      named: true,
    });
    const operations = disk.operations.length;
    const releasing = keeper.release(id);
    await settle(12_000);
    await releasing;
    await settle(12_000);
    expect(disk.files.size).toBe(0);
    await keeper.close();
    if (disk.operations.length < k) {
      expect(k).toBeGreaterThan(15);
      return;
    }
    // a recording that is open is told of; of one that has ended there is nothing left to lose
    expect(troubles.length).toBe(fault !== 'short' && k <= operations ? 1 : 0);
  }
});

test('a power cut after a failed sync loses only what came after the last good one', async () => {
  let fail = false;
  const { disk, keeper, say, settle, troubles } = spooling((operation) =>
    fail && operation === 'sync' ? 'EIO' : undefined,
  );
  const id = newRecordingId(1);
  await keeper.open(openedFor(id), sharedMs(0));
  say(id, 0);
  await settle(300);
  fail = true;
  say(id, 1);
  await settle(300); // fails, and so does the sync of every new segment
  expect(troubles).toContain('RECORDINGS_UNWRITABLE');
  expect((await found(folder, disk, id))?.chunks).toEqual([0]);
  fail = false;
  await settle(3_000);
  expect(await found(folder, disk, id)).toMatchObject({ chunks: [0, 1], problems: [] });
  await keeper.close();
});

test('a full disk: the reserve is given back at once and the spool goes on', async () => {
  let full = false;
  const { disk, keeper, say, settle, troubles } = spooling((operation) =>
    full && operation === 'write' && disk.reserve ? 'ENOSPC' : undefined,
  );
  const id = newRecordingId(1);
  disk.reserve = true;
  await keeper.open(openedFor(id), sharedMs(0));
  full = true;
  say(id, 0);
  await settle(300);
  expect(troubles).toEqual(['DISK_FULL']);
  expect((await found(folder, disk, id))?.chunks).toEqual([0]);
  await keeper.close();
});

test('a disk that stays full: audio waits in memory up to the bound, what is beyond is an overflow gap, and the trouble is told once', async () => {
  let full = false;
  const { disk, keeper, say, settle, troubles, end } = spooling(
    (operation) => (full && operation === 'write' ? 'ENOSPC' : undefined),
    { memoryBytes: 5_000 },
  );
  const id = newRecordingId(1);
  await keeper.open(openedFor(id), sharedMs(0));
  say(id, 0);
  await settle(300);
  full = true;
  for (let n = 1; n < 20; n++) {
    say(id, n);
    await settle(500);
  }
  expect(troubles).toEqual(['DISK_FULL']);
  await expect(keeper.open(openedFor(newRecordingId(2)), sharedMs(0))).rejects.toMatchObject({ code: 'DISK_FULL' });
  full = false;
  await settle(2_000);
  say(id, 20);
  const ending = end(id);
  await settle(2_000);
  await ending;
  const { chunks = [], gaps, ended, problems } = (await found(folder, disk, id)) ?? {};
  const kept = chunks.length - 2;
  expect(kept).toBeGreaterThan(2);
  expect(chunks).toEqual([...upTo(kept + 1), 20]);
  expect(gaps).toEqual([{ at: (kept + 1) * 800, samples: (19 - kept) * 800, because: 'overflow' }]);
  expect([ended, problems]).toEqual([true, []]);
  expect(keeper.overflowMs).toBe((19 - kept) * 100);
  await keeper.close();
});
