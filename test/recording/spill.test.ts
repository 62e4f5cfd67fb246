import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newRecordingId } from '../../src/domain/ids.ts';
import { sharedMs, wallMs } from '../../src/domain/units.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openRecorder } from '../../src/recording/open-recorder.ts';
import { readSpool } from '../../src/recording/read-spool.ts';
import type { LostAudio } from '../../src/recording/recorder.ts';
import { DiskLanes, STALLED_AFTER_MS } from '../../src/recording/spool/disk-lanes.ts';
import { SpoolKeeper } from '../../src/recording/spool-keeper.ts';
import { surveySpool } from '../../src/recording/spool-survey.ts';
import { packChunks } from '../../src/recording/tap-batch.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { originAgo } from '../support/recording-origin.ts';
import { waitWhile } from '../support/wait-while.ts';
import { type Fault, FaultyDisk } from './faulty-disk.ts';
import { openedFor } from './opened.ts';
import { CHUNK, chunk, tap } from './spoken-audio.ts';
import { KEYS, keeperOptions, keysOf } from './spooled.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spill-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** One recording, half a second of it at a time; its disk begins to fail when `broken` says so. */
function keeping(fault: Fault, spill: FaultyDisk | undefined, wrapping = KEYS.wrapping) {
  let now = 0;
  const state = { broken: false };
  const disk = new FaultyDisk(() => (state.broken ? fault : undefined));
  const told: string[] = [];
  const id = newRecordingId(1);
  const keeper = new SpoolKeeper(
    keeperOptions(() => now, {
      disk,
      spill,
      wrapping,
      memoryBytes: 1 << 20,
      unsyncedMs: 10_000,
      onTrouble: (_, code) => told.push(code),
      onSpill: () => told.push('spilled'),
      onUnsynced: (_, unsynced) => told.push(unsynced ? 'unsynced' : 'synced'),
    }),
  );
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 50) {
      now += 50;
      keeper.tick();
      for (let turn = 0; turn < 40; turn++) await Promise.resolve();
    }
  };
  const say = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n++) {
      keeper.take({ type: 'chunks', packed: packChunks([chunk(id, 'customer', 400, n * CHUNK)]) });
      await pass(500);
    }
  };
  return { disk, keeper, id, told, state, pass, say };
}

/** What a loss of power would leave on both disks. */
async function chunksIn(id: string, ...disks: readonly FaultyDisk[]): Promise<readonly number[]> {
  const folders = disks.map((_, n) => join(folder, `disk-${n}`));
  for (const [n, disk] of disks.entries()) await disk.leaveIn(folders[n] ?? '', 'durable');
  const { recordings } = await surveySpool(folders, KEYS, () => true, wallMs(Date.now()));
  const places = recordings.find(({ recording }) => recording === id)?.places ?? { segments: [], runs: [] };
  await using spool = await readSpool(id, places, folders, KEYS);
  expect(spool.problems).toEqual([]);
  return [...new Set(spool.audio.map(({ at }) => at / CHUNK))];
}

test.each(['EIO', 'ENOSPC'] as const)(
  'a disk that fails in mid-call (%s): what it had not taken goes on in the spill, nothing is lost',
  async (fault) => {
    const spill = new FaultyDisk(() => undefined);
    const { disk, keeper, id, told, state, say, pass } = keeping(fault, spill);
    await keeper.open(openedFor(id), sharedMs(0));
    await say(0, 6);
    state.broken = true;
    await say(6, 20);
    await pass(1_000);
    expect(told).toContain('spilled');
    expect(told).not.toContain('unsynced');
    expect(await chunksIn(id, disk, spill)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(await keeper.close()).toEqual([]);
  },
);

test('a recording is not begun in the spill: its call is refused', async () => {
  const { keeper, id, state } = keeping('EIO', new FaultyDisk(() => undefined));
  state.broken = true;
  await expect(keeper.open(openedFor(id), sharedMs(0))).rejects.toMatchObject({ code: 'RECORDINGS_UNWRITABLE' });
});

test('the log comes back from the spill when its own disk takes a segment again, and then calls are taken again', async () => {
  const spill = new FaultyDisk(() => undefined);
  const { disk, keeper, id, told, state, say, pass } = keeping('EIO', spill);
  await keeper.open(openedFor(id), sharedMs(0));
  await say(0, 2);
  state.broken = true;
  await say(2, 6);
  expect(told).toContain('spilled');
  await expect(keeper.open(openedFor(newRecordingId(2)), sharedMs(0))).rejects.toMatchObject({
    code: 'RECORDINGS_UNWRITABLE',
  });
  state.broken = false;
  await pass(6_000);
  await say(6, 8);
  const next = newRecordingId(3);
  await keeper.open(openedFor(next), sharedMs(0));
  await pass(300);
  expect(await chunksIn(id, disk, spill)).toEqual(Array.from({ length: 8 }, (_, n) => n));
  expect(await chunksIn(next, disk)).toEqual([]);
  const before = [...spill.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  await say(8, 10);
  expect([...spill.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(before);
  await keeper.close();
});

test('without a spill: after ten seconds it is told, once; when the disk is well again that is told too, and nothing was lost', async () => {
  const { disk, keeper, id, told, state, say, pass } = keeping('EIO', undefined);
  await keeper.open(openedFor(id), sharedMs(0));
  await say(0, 4);
  state.broken = true;
  await say(4, 22);
  expect(told.filter((what) => what === 'unsynced')).toHaveLength(0);
  await say(22, 40);
  expect(told.filter((what) => what === 'unsynced')).toHaveLength(1);
  state.broken = false;
  await pass(3_000);
  expect(told.at(-1)).toBe('synced');
  expect(await chunksIn(id, disk)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  await keeper.close();
});

test('a disk that hangs holds three threads at most; what waits or comes is refused until it answers', async () => {
  const clock = new ManualClock();
  const lanes = new DiskLanes(clock);
  const hanging: (() => void)[] = [];
  let started = 0;
  const hang = (): Promise<void> => {
    started += 1;
    return new Promise((resolve) => hanging.push(resolve));
  };
  const outcomes: string[] = [];
  const ask = (lane: 'write' | 'sync'): void =>
    void lanes.run(lane, hang).then(
      () => outcomes.push('done'),
      (thrown: unknown) => outcomes.push((thrown as { code: string }).code),
    );
  for (let n = 0; n < 10; n++) ask(n % 2 === 0 ? 'write' : 'sync');
  expect(started).toBe(3);
  clock.advance(STALLED_AFTER_MS);
  await Promise.resolve();
  ask('write');
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  expect(outcomes).toEqual(Array.from({ length: 11 }, () => 'ETIMEDOUT'));
  expect([started, lanes.stalled]).toEqual([3, true]);
  for (const answer of hanging.splice(0)) answer();
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  expect(lanes.stalled).toBe(false);
  ask('write');
  hanging[0]?.();
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  expect(outcomes.at(-1)).toBe('done');
  expect(clock.pending).toBe(0);
});

const retention = { class: 'c', policy: 'p', policy_version: 1, years: 5 };
const spoken = (length: number) => Array.from({ length }, (_, n) => n * CHUNK);

test('the spool is deleted in mid-call: it is made again, what was in the deleted file is rescued, and the recording is whole', async () => {
  await using recorder = await openRecorder(
    { recordingsDirectory: folder, retention, reserveBytes: 0 },
    systemClock,
    silentLogger,
  );
  const channel = recorder.openChannel();
  const { send, close } = tap(channel);
  const origin = originAgo(4_000);
  const troubles: string[] = [];
  recorder.onTrouble((_, code) => troubles.push(code));
  const live = await recorder.open({ ...openedFor(origin.recording), ...origin });
  for (const at of spoken(8))
    send(chunk(origin.recording, 'customer', 400, at), chunk(origin.recording, 'bot', 900, at));
  await waitWhile(() => recorder.backlog().oldestUnsyncedMs === 0);
  await waitWhile(() => recorder.backlog().oldestUnsyncedMs > 0);
  await rm(join(folder, 'spool'), { recursive: true });
  close(origin.recording, 'customer', 'bot');
  const sealed = await live.seal();
  channel.close();
  expect(troubles).toEqual(['RECORDINGS_UNWRITABLE']);
  expect(sealed).toMatchObject({ problems: [], gaps: 0 });
  expect(sealed.duration).toBeGreaterThanOrEqual(4_000);
});

test('a recorder that closes tells of what no disk has taken; a spill takes it', async () => {
  for (const spillDirectory of [undefined, join(folder, 'elsewhere')]) {
    const recordingsDirectory = join(folder, spillDirectory === undefined ? 'without' : 'with');
    const lost: LostAudio[] = [];
    const origin = originAgo(500);
    {
      await using recorder = await openRecorder(
        {
          recordingsDirectory,
          retention,
          reserveBytes: 0,
          commitAfterMs: 60_000,
          ...(spillDirectory === undefined ? {} : { spillDirectory }),
        },
        systemClock,
        silentLogger,
      );
      recorder.onLost((each) => lost.push(each));
      const channel = recorder.openChannel();
      await recorder.open({ ...openedFor(origin.recording), ...origin });
      tap(channel).send(chunk(origin.recording, 'customer', 400, 0));
      await waitWhile(() => recorder.backlog().oldestUnsyncedMs === 0);
      // the folder cannot be made again: a file stands in its place
      await rm(join(recordingsDirectory, 'spool'), { recursive: true });
      await writeFile(join(recordingsDirectory, 'spool'), '');
      channel.close();
    }
    if (spillDirectory === undefined)
      expect(lost).toMatchObject([{ recording: origin.recording, ms: expect.any(Number) }]);
    else {
      expect(lost).toEqual([]);
      // what the deleted file held, and what came since
      const left = await readdir(spillDirectory);
      expect(left.length).toBeGreaterThan(0);
      for (const name of left) expect(name).toMatch(/^segment-.*\.spool$/);
    }
  }
});

test('what lies in the spill is found by the next start, beside a spool that knows nothing of it', async () => {
  const spillDirectory = join(folder, 'elsewhere');
  await mkdir(spillDirectory);
  const spill = new FaultyDisk(() => undefined);
  const { wrapping } = await keysOf(join(folder, 'new-disk'));
  const { keeper, id, state, say, pass } = keeping('EIO', spill, wrapping);
  await keeper.open(openedFor(id), sharedMs(0));
  state.broken = true;
  await say(0, 4);
  await pass(1_000);
  await keeper.close();
  for (const [name, { durable }] of spill.files) await writeFile(join(spillDirectory, name), durable);
  await using recorder = await openRecorder(
    { recordingsDirectory: join(folder, 'new-disk'), spillDirectory, retention, reserveBytes: 0 },
    systemClock,
    silentLogger,
  );
  const [sealed] = await recorder.recover();
  expect(sealed).toMatchObject({ recording: id, recovered: true, duration: 2_000 });
  expect(await readdir(spillDirectory)).toEqual([]);
});
