import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newContactId, newRecordingId } from '../../src/domain/ids.ts';
import type { OpenedRecording } from '../../src/recording/opened-recording.ts';
import { readSpool } from '../../src/recording/read-spool.ts';
import { SpoolLog, type SpoolTrouble } from '../../src/recording/spool-log.ts';
import { type Fault, FaultyDisk, type Operation, type Platter } from './faulty-disk.ts';
import { recordingSample } from '../../src/domain/units.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const opened = (): OpenedRecording => ({
  recording: newRecordingId(Date.now()),
  contact: newContactId(Date.now()),
  from: '*1',
  to: '*2',
  direction: 'inbound',
  sipCallId: 'x',
  codec: 'PCMU',
  node: 'n',
  software: 's',
  opened: Date.now(),
  boot: '',
  process: { pid: 1, started: '' },
  retention: { class: 'c', policy: 'p', policy_version: 1, retain_until: '2030-01-01T00:00:00.000Z' },
});

/** A log on a faulty disk, with time in our hands. */
function spooling(fault: (operation: Operation, n: number) => Fault, memoryBytes = 1 << 20) {
  const disk = new FaultyDisk(fault);
  const troubles: SpoolTrouble[] = [];
  let now = 0;
  const header = opened();
  const log = new SpoolLog({
    opened: header,
    disk,
    now: () => now,
    openedAt: 0,
    memoryBytes,
    onTrouble: (code) => troubles.push(code),
  });
  /** Lets what is under way happen, and time pass. */
  const settle = async (passed: number): Promise<void> => {
    for (let step = 0; step < 10; step++) {
      now += passed / 10;
      log.retry(now);
      if (log.unsyncedMs(now) >= 100) void log.sync();
      for (let turn = 0; turn < 30; turn++) await Promise.resolve();
    }
  };
  const say = (n: number): void =>
    log.audio({
      track: 'customer',
      codec: 'PCMU',
      at: recordingSample(n * 800),
      gaps: [],
      payload: Buffer.alloc(800, n),
    });
  return { disk, log, troubles, settle, say, id: header.recording };
}

async function contentOf(id: string, platters: readonly Buffer[]) {
  const paths = await Promise.all(
    platters.map(async (bytes, n) => {
      const path = join(folder, `${id}.${n}`);
      await writeFile(path, bytes);
      return path;
    }),
  );
  await using spool = await readSpool(id, paths);
  const { ended, problems, opened: header } = spool;
  return {
    chunks: [...new Set(spool.audio.filter(({ length }) => length > 0).map(({ at }) => at / 800))],
    gaps: spool.audio.flatMap(({ gaps }) => gaps),
    ended: ended !== undefined,
    problems,
    opened: header,
  };
}
const written = (platters: readonly Platter[]): Buffer[] => platters.map(({ bytes }) => bytes);
const durable = (platters: readonly Platter[]): Buffer[] => platters.map((platter) => platter.durable);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test('a written chunk outlives the process at once; a synced one the loss of power', async () => {
  const { disk, log, say, settle, id } = spooling(() => undefined);
  await log.open();
  say(0);
  await settle(10);
  expect((await contentOf(id, written(disk.segments(id)))).chunks).toEqual([0]);
  expect((await contentOf(id, durable(disk.segments(id)))).chunks).toEqual([]);
  expect(log.unsyncedMs(10)).toBe(10);
  await settle(200);
  expect((await contentOf(id, durable(disk.segments(id)))).chunks).toEqual([0]);
  expect(log.unsyncedMs(210)).toBe(0);
  await log.close();
});

const FAULTS: readonly Exclude<Fault, undefined>[] = ['EIO', 'ENOSPC', 'short'];

/** SQLite's fault loop: the k-th operation fails, for every k, until a run is over before its k-th. */
test.each(FAULTS)('%s at the k-th operation, for every k: nothing is lost once the disk works again', async (fault) => {
  for (let k = 1; ; k++) {
    const { disk, log, troubles, say, settle, id } = spooling((operation, n) =>
      n === k && (fault !== 'short' || operation === 'write') ? fault : undefined,
    );
    try {
      await log.open();
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: fault });
      await log.close();
      continue;
    }
    for (let n = 0; n < 8; n++) {
      say(n);
      await settle(400);
    }
    await settle(3_000);
    void log.end(7_000, 1_000);
    await settle(3_000);
    expect(log.drained).toBe(true);
    const content = await contentOf(id, durable(disk.segments(id)));
    expect(content).toMatchObject({ chunks: upTo(8), ended: true, problems: [], gaps: [], opened: { recording: id } });
    await log.close();
    if (disk.operations.length < k) {
      expect(k).toBeGreaterThan(15);
      return;
    }
    const operation = disk.operations[k - 1];
    if (fault !== 'short' || operation === 'write') expect(troubles.length).toBe(fault === 'short' ? 0 : 1);
    if (fault === 'EIO') expect(disk.segments(id).length).toBe(2);
    if (fault === 'ENOSPC' && operation === 'write') expect(disk.segments(id).length).toBe(1);
  }
});

test('a power cut after a failed sync loses only what came after the last good one', async () => {
  let fail = false;
  const { disk, log, say, settle, id, troubles } = spooling((operation) =>
    fail && operation === 'sync' ? 'EIO' : undefined,
  );
  await log.open();
  say(0);
  await settle(300);
  fail = true;
  say(1);
  await settle(300); // fails, and so does the sync of every new segment
  expect(troubles).toContain('RECORDINGS_UNWRITABLE');
  expect((await contentOf(id, durable(disk.segments(id)))).chunks).toEqual([0]);
  fail = false;
  await settle(3_000);
  expect((await contentOf(id, durable(disk.segments(id)))).chunks).toEqual([0, 1]);
  await log.close();
});

test('a full disk: the reserve is given back at once and the log goes on', async () => {
  let full = false;
  const { disk, log, say, settle, id, troubles } = spooling((operation) =>
    full && operation === 'write' && !disk.reserve ? undefined : full && operation === 'write' ? 'ENOSPC' : undefined,
  );
  disk.reserve = true;
  await log.open();
  full = true;
  say(0);
  await settle(50);
  expect(troubles).toEqual(['DISK_FULL']);
  expect((await contentOf(id, written(disk.segments(id)))).chunks).toEqual([0]);
  await log.close();
});

test('a disk that stays full: audio waits in memory up to the bound, what is beyond is an overflow gap, and the trouble is told once', async () => {
  let full = false;
  const { disk, log, say, settle, id, troubles } = spooling(
    (operation) => (full && operation === 'write' ? 'ENOSPC' : undefined),
    5_000,
  );
  await log.open();
  say(0);
  await settle(300);
  full = true;
  for (let n = 1; n < 20; n++) {
    say(n);
    await settle(500);
  }
  expect(troubles).toEqual(['DISK_FULL']);
  full = false;
  await settle(2_000);
  say(20);
  void log.end(9_000, 1_000);
  await settle(2_000);
  const { chunks, gaps, ended, problems } = await contentOf(id, durable(disk.segments(id)));
  const kept = chunks.length - 2;
  expect(kept).toBeGreaterThan(2);
  expect(chunks).toEqual([...upTo(kept + 1), 20]);
  expect(gaps).toEqual([{ at: (kept + 1) * 800, samples: (19 - kept) * 800, because: 'overflow' }]);
  expect([ended, problems]).toEqual([true, []]);
  expect(log.overflowSamples).toBe((19 - kept) * 800);
  await log.close();
});
