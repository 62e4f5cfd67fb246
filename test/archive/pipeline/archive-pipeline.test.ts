import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ArchiveParts } from '../../../src/archive/pipeline/archive-parts.ts';
import { openArchivePipeline, type PipelineOptions } from '../../../src/archive/pipeline/archive-pipeline.ts';
import { IvrError } from '../../../src/domain/error.ts';
import type { ContactId } from '../../../src/domain/ids.ts';
import { ms } from '../../../src/domain/units.ts';
import { deferred } from '../../../src/lib/deferred.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { Scope } from '../../../src/lib/scope.ts';
import type { SealedRecording } from '../../../src/recording/recorder.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { archiveForTest } from './archive-for-test.ts';
import { memoryIndex } from './memory-index.ts';
import { type SealedForTest, sealedForTest } from './sealed-recording.ts';

let folder: string;
let scope: Scope;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-pipeline-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
});

const options = (): PipelineOptions => ({
  recordingsDirectory: join(folder, 'recordings'),
  workFolder: join(folder, 'work'),
  keepSealedMs: 0,
  software: 'test',
});
const openParts = (): ReturnType<typeof archiveForTest> => archiveForTest(folder, scope);
const sealed = (one: SealedForTest): SealedRecording => ({
  recording: one.recording,
  contact: 'c' as ContactId,
  path: join(one.folder, 'audio.wav'),
  manifestPath: join(one.folder, 'manifest.json'),
  sha256: '',
  duration: ms(0),
  gaps: 0,
  recovered: false,
  problems: [],
});

test('what is sealed is archived without anybody waiting for it; what an earlier run left is found', async () => {
  const parts = await openParts();
  const [one, two, three] = [
    await sealedForTest(options().recordingsDirectory),
    await sealedForTest(options().recordingsDirectory),
    await sealedForTest(options().recordingsDirectory),
  ];
  const told: string[] = [];
  const pipeline = scope.use(
    await openArchivePipeline(
      parts,
      { ...options(), onArchived: (recording) => told.push(recording) },
      new ManualClock(),
      silentLogger,
    ),
  );
  await pipeline.take(sealed(one));
  expect(pipeline.counts()).toMatchObject({ waiting: 1 });
  expect(await pipeline.catchUp()).toBe(3);
  await pipeline.idle();
  expect(told.toSorted()).toEqual([one, two, three].map(({ recording }) => recording).toSorted());
  expect(pipeline.counts()).toEqual({ waiting: 0, failing: 0, archived: 3, unverified: 0 });
  expect(await pipeline.catchUp()).toBe(0);
  expect(parts.log.size).toBe(6);
});

test('a store that is away costs nothing: the recording waits, is tried again, and its trouble is told by its code', async () => {
  const parts = await openParts();
  const clock = new ManualClock();
  let away = true;
  const blobs: ArchiveParts['blobs'] = {
    ...parts.blobs,
    put: (key, content, lock) =>
      away ? Promise.reject(new IvrError('BLOBS_UNREACHABLE', 'away', {})) : parts.blobs.put(key, content, lock),
  };
  const one = await sealedForTest(options().recordingsDirectory);
  const pipeline = scope.use(await openArchivePipeline({ ...parts, blobs }, options(), clock, silentLogger));
  await pipeline.take(sealed(one));
  await pipeline.idle();
  expect(pipeline.trouble()).toBe('BLOBS_UNREACHABLE');
  expect(await readdir(one.folder)).toContain('audio.wav');
  clock.advance(ms(1_000));
  await pipeline.idle();
  expect(pipeline.counts()).toMatchObject({ failing: 1, archived: 0 });
  away = false;
  clock.advance(ms(5_000));
  await pipeline.idle();
  expect(pipeline.counts()).toEqual({ waiting: 0, failing: 0, archived: 1, unverified: 0 });
  expect(await parts.index.find(one.recording)).toMatchObject({ state: 'VERIFIED' });
});

test('closing waits for the recording under way and leaves the others for the next start', async () => {
  const parts = await openParts();
  await sealedForTest(options().recordingsDirectory);
  await sealedForTest(options().recordingsDirectory);
  const pipeline = await openArchivePipeline(parts, options(), new ManualClock(), silentLogger);
  await pipeline.catchUp();
  await pipeline[Symbol.asyncDispose]();
  expect(pipeline.counts()).toMatchObject({ archived: 1, waiting: 1 });
  const next = scope.use(await openArchivePipeline(parts, options(), new ManualClock(), silentLogger));
  expect(await next.catchUp()).toBe(1);
  await next.idle();
  expect(parts.log.size).toBe(4);
});

test('a recording that hangs keeps no other waiting; it is told, and is archived when it comes to itself', async () => {
  const parts = await openParts();
  const clock = new ManualClock();
  const [one, two] = [
    await sealedForTest(options().recordingsDirectory),
    await sealedForTest(options().recordingsDirectory),
  ];
  const [hangs, goesOn] = [deferred<void>(), deferred<void>()];
  const facts: ArchiveParts['facts'] = async (contact, manifest) => {
    if (manifest.recording === one.recording) {
      hangs.resolve();
      await goesOn.promise;
    }
    return parts.facts(contact, manifest);
  };
  const pipeline = scope.use(await openArchivePipeline({ ...parts, facts }, options(), clock, silentLogger));
  await pipeline.take(sealed(one));
  await pipeline.take(sealed(two));
  await hangs.promise;
  expect(pipeline.counts()).toMatchObject({ waiting: 2, archived: 0 });
  clock.advance(1_800_000);
  await pipeline.idle();
  expect(await parts.index.find(two.recording)).toMatchObject({ state: 'VERIFIED' });
  expect(pipeline.counts()).toMatchObject({ waiting: 0, failing: 1, archived: 1 });
  expect(pipeline.trouble()).toBe('DEADLINE_EXCEEDED');
  expect(await pipeline.catchUp(), 'nobody begins it a second time').toBe(1);
  await pipeline.idle();
  goesOn.resolve();
  await vi.waitUntil(() => pipeline.counts().archived === 2, 30_000);
  expect(await parts.index.find(one.recording)).toMatchObject({ state: 'VERIFIED' });
  expect(pipeline.trouble()).toBeUndefined();
  expect(parts.log.size).toBe(4);
});

test('a running server removes a sealed folder when its time is over, and no earlier', async () => {
  const clock = new ManualClock();
  const parts = await archiveForTest(
    folder,
    scope,
    memoryIndex(() => clock.wall()),
  );
  const due = await sealedForTest(options().recordingsDirectory);
  const pipeline = await openArchivePipeline(
    { ...parts, wall: () => clock.wall() },
    { ...options(), keepSealedMs: 86_400_000 },
    clock,
    silentLogger,
  );
  await pipeline.take(sealed(due));
  await pipeline.idle();
  const passHours = async (count: number): Promise<void> => {
    for (let hour = 0; hour < count; hour++) {
      clock.advance(3_600_000);
      // the next one is set when the sweep has ended; the other timer watches over it
      await vi.waitUntil(() => clock.pending === 2, 30_000);
    }
  };
  await passHours(23);
  expect(await readdir(due.folder)).toContain('audio.wav');
  await passHours(2);
  await expect(readdir(due.folder)).rejects.toThrow('ENOENT');
  await pipeline[Symbol.asyncDispose]();
  expect(clock.pending).toBe(0);
});

test('a copy that cannot be proven is read back again, then told by its id, and looked at every hour until it is proven', async () => {
  const clock = new ManualClock();
  const parts = await openParts();
  let broken = true;
  const blobs: ArchiveParts['blobs'] = {
    ...parts.blobs,
    get copies() {
      return [blobs];
    },
    async read(ref, from, to) {
      const bytes = Buffer.from(await parts.blobs.read(ref, from, to));
      if (broken && ref.key.endsWith('.rec')) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      return bytes;
    },
  };
  const told: string[] = [];
  const logger = { ...silentLogger, error: (facts: object) => void told.push(JSON.stringify(facts)) };
  const one = await sealedForTest(options().recordingsDirectory);
  const pipeline = scope.use(await openArchivePipeline({ ...parts, blobs }, options(), clock, logger));
  await pipeline.take(sealed(one));
  await pipeline.idle();
  for (const pause of [1_000, 5_000, 30_000]) {
    expect([pipeline.trouble(), pipeline.counts().failing]).toEqual(['READ_BACK_FAILED', 1]);
    clock.advance(ms(pause));
    await pipeline.idle();
  }
  expect(await parts.index.find(one.recording)).toMatchObject({ state: 'ARCHIVED', problems: [] });
  clock.advance(ms(120_000));
  await pipeline.idle();
  expect(pipeline.counts()).toEqual({ waiting: 0, failing: 0, archived: 1, unverified: 1 });
  const row = await parts.index.find(one.recording);
  expect(row).toMatchObject({ state: 'ARCHIVED' });
  expect(row?.problems[0]).toMatch(/^archive: audio: /);
  expect(told).toHaveLength(5);
  for (const line of told) expect(line).toContain(one.recording);
  expect(await readdir(one.folder), 'whatever is in doubt keeps its sealed folder').toContain('audio.wav');
  broken = false;
  const leaves = parts.log.size;
  clock.advance(3_600_000);
  await vi.waitUntil(async () => (await parts.index.find(one.recording))?.state === 'VERIFIED', 30_000);
  await pipeline.idle();
  await expect(readdir(one.folder)).rejects.toThrow('ENOENT');
  expect(parts.log.size).toBe(leaves);
});
