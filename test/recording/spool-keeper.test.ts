import { expect, test } from 'vitest';
import { newContactId, newRecordingId, type RecordingId } from '../../src/domain/ids.ts';
import type { OpenedRecording } from '../../src/recording/opened-recording.ts';
import { SpoolKeeper } from '../../src/recording/spool-keeper.ts';
import { FaultyDisk, type Operation } from './faulty-disk.ts';
import { chunk } from './spoken-audio.ts';

const opened = (recording: RecordingId): OpenedRecording => ({
  recording,
  contact: newContactId(1),
  from: '*1',
  to: '*2',
  direction: 'inbound',
  sipCallId: 'x',
  codec: 'PCMU',
  node: 'n',
  software: 's',
  opened: 0,
  boot: '',
  process: { pid: 1, started: '' },
  retention: { class: 'c', policy: 'p', policy_version: 1, retain_until: '2030-01-01T00:00:00.000Z' },
});

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
  const keeper = new SpoolKeeper({
    disk,
    now: () => now,
    memoryBytes: 1 << 20,
    syncAfterMs: 800,
    onTrouble: () => undefined,
  });
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    keeper.tick();
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  };
  return { disk, keeper, pass, syncing, holdSyncs: () => (holding = true) };
}

test('syncs begin when a record has waited long enough, at most two at a time, the longest wait first, one after the other', async () => {
  const { keeper, pass, syncing, holdSyncs } = keeping();
  const ids = Array.from({ length: 5 }, (_, n) => newRecordingId(n));
  for (const id of ids) await keeper.open(opened(id), 0);
  holdSyncs();
  for (const id of ids) {
    keeper.take({ type: 'chunks', chunks: [chunk(id, 'customer', 400, 0)] });
    await pass(10);
  }
  expect(syncing).toHaveLength(0);
  await pass(1_000);
  expect(syncing).toHaveLength(2);
  expect(keeper.unsyncedMs).toBeGreaterThan(1_000);
  for (let done = 0; done < ids.length; done++) {
    expect(syncing.length).toBeLessThanOrEqual(done + 2);
    syncing[done]?.();
    await pass(0);
  }
  expect(syncing).toHaveLength(ids.length);
  expect(keeper.unsyncedMs).toBe(0);
  await keeper.close();
});

test('chunks of a recording that is never opened are kept for a while, then counted', async () => {
  const { keeper, pass } = keeping();
  const id = newRecordingId(1);
  keeper.take({ type: 'chunks', chunks: [chunk(id, 'customer', 400, 0)] });
  await pass(4_000);
  expect(keeper.counts.strayChunks).toBe(0);
  await pass(2_000);
  expect(keeper.counts.strayChunks).toBe(1);
});

test('a recording whose taps have long been silent is ended and its file closed', async () => {
  const { keeper, disk, pass } = keeping();
  const id = newRecordingId(1);
  await keeper.open(opened(id), 0);
  keeper.take({ type: 'chunks', chunks: [chunk(id, 'customer', 400, 0)] });
  await pass(1_000);
  for (let minute = 0; minute < 9; minute++) await pass(60_000);
  const size = disk.segments(id)[0]?.bytes.length ?? 0;
  for (let minute = 0; minute < 5; minute++) await pass(60_000);
  expect(disk.segments(id)[0]?.durable.length).toBeGreaterThan(size);
  keeper.take({ type: 'chunks', chunks: [chunk(id, 'customer', 400, 4_000)] });
  await expect(keeper.end(id, 0)).rejects.toMatchObject({ code: 'RECORDING_NOT_FOUND' });
});

test('a recording that cannot be opened says why, and leaves nothing behind', async () => {
  for (const [fault, code] of [
    ['ENOSPC', 'DISK_FULL'],
    ['EIO', 'RECORDINGS_UNWRITABLE'],
  ] as const) {
    const disk = new FaultyDisk((operation: Operation) => (operation === 'create' ? fault : undefined));
    const keeper = new SpoolKeeper({ disk, now: () => 0, memoryBytes: 1, syncAfterMs: 1, onTrouble: () => undefined });
    const id = newRecordingId(1);
    await expect(keeper.open(opened(id), 0)).rejects.toMatchObject({ code });
    await expect(keeper.end(id, 0)).rejects.toMatchObject({ code: 'RECORDING_NOT_FOUND' });
  }
});
