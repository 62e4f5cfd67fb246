import { recordingMs, sharedMs } from '../../src/domain/units.ts';
import { expect, test } from 'vitest';
import { newRecordingId } from '../../src/domain/ids.ts';
import { SpoolKeeper } from '../../src/recording/spool-keeper.ts';
import { packChunks } from '../../src/recording/tap-batch.ts';
import { FaultyDisk, type Operation } from './faulty-disk.ts';
import { openedFor } from './opened.ts';
import { chunk } from './spoken-audio.ts';
import { keeperOptions } from './spooled.ts';

/** Time in our hands; a sync lasts until it is let go. */
function keeping() {
  let now = 0;
  const syncing: (() => void)[] = [];
  const disk = new FaultyDisk(() => undefined);
  const create = disk.create.bind(disk);
  let holding = false;
  disk.create = async (name) => {
    const file = await create(name);
    return {
      ...file,
      datasync: async () => {
        if (holding) await new Promise<void>((resolve) => syncing.push(resolve));
        await file.datasync();
      },
    };
  };
  const keeper = new SpoolKeeper(keeperOptions(() => now, { disk }));
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    keeper.tick();
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  };
  return { disk, keeper, pass, syncing, holdSyncs: () => (holding = true) };
}

test('one commit at a time: what comes while a sync is under way goes with the next, all of it together', async () => {
  const { keeper, disk, pass, syncing, holdSyncs } = keeping();
  const ids = Array.from({ length: 5 }, (_, n) => newRecordingId(n));
  for (const id of ids) await keeper.open(openedFor(id), sharedMs(0));
  holdSyncs();
  const [first, ...others] = ids;
  if (first === undefined) throw new Error('no recording');
  keeper.take({ type: 'chunks', packed: packChunks([chunk(first, 'customer', 400, 0)]) });
  await pass(250);
  expect(syncing).toHaveLength(1);
  const writes = disk.operations.filter((operation) => operation === 'write').length;
  keeper.take({ type: 'chunks', packed: packChunks(others.map((id) => chunk(id, 'customer', 400, 0))) });
  await pass(1_000);
  expect(syncing).toHaveLength(1);
  expect(keeper.oldestUnsyncedMs).toBeGreaterThan(1_000);
  syncing.shift()?.();
  await pass(0);
  expect(syncing).toHaveLength(1);
  expect(disk.operations.filter((operation) => operation === 'write')).toHaveLength(writes + 1);
  syncing.shift()?.();
  await pass(0);
  expect([syncing.length, keeper.oldestUnsyncedMs]).toEqual([0, 0]);
  await keeper.close();
});

test('chunks of a recording that is never opened are kept for a while, then counted', async () => {
  const { keeper, pass } = keeping();
  const id = newRecordingId(1);
  keeper.take({ type: 'chunks', packed: packChunks([chunk(id, 'customer', 400, 0)]) });
  await pass(4_000);
  expect(keeper.counts.strayChunks).toBe(0);
  await pass(2_000);
  expect(keeper.counts.strayChunks).toBe(1);
});

test('a recording whose taps have long been silent is ended and its file closed', async () => {
  const { keeper, disk, pass } = keeping();
  const id = newRecordingId(1);
  await keeper.open(openedFor(id), sharedMs(0));
  keeper.take({ type: 'chunks', packed: packChunks([chunk(id, 'customer', 400, 0)]) });
  await pass(1_000);
  for (let minute = 0; minute < 9; minute++) await pass(60_000);
  const durable = (): number => [...disk.files.values()].reduce((sum, file) => sum + file.durable.length, 0);
  const size = durable();
  for (let minute = 0; minute < 5; minute++) await pass(60_000);
  expect(durable()).toBeGreaterThan(size);
  keeper.take({ type: 'chunks', packed: packChunks([chunk(id, 'customer', 400, 4_000)]) });
  await expect(keeper.end(id, recordingMs(0))).rejects.toMatchObject({ code: 'RECORDING_NOT_FOUND' });
});

test('a recording that cannot be opened says why, and leaves nothing behind', async () => {
  for (const [fault, code] of [
    ['ENOSPC', 'DISK_FULL'],
    ['EIO', 'RECORDINGS_UNWRITABLE'],
  ] as const) {
    const disk = new FaultyDisk((operation: Operation) => (operation === 'create' ? fault : undefined));
    const keeper = new SpoolKeeper(keeperOptions(() => 0, { disk }));
    const id = newRecordingId(1);
    await expect(keeper.open(openedFor(id), sharedMs(0))).rejects.toMatchObject({ code });
    await expect(keeper.end(id, recordingMs(0))).rejects.toMatchObject({ code: 'RECORDING_NOT_FOUND' });
  }
});
