import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newContactId, newRecordingId, type RecordingId } from '../../src/domain/ids.ts';
import type { OpenedRecording } from '../../src/recording/opened-recording.ts';
import { SEAL_STEPS, type SealOptions, type SealStep, sealRecording } from '../../src/recording/seal-recording.ts';
import { SpoolFolder } from '../../src/recording/spool-folder.ts';
import { SpoolLog } from '../../src/recording/spool-log.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { chunk } from './spoken-audio.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seal-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const STARTED = Date.parse('2026-02-28T23:59:59.000Z');
const options = (onStep?: (step: SealStep) => void): SealOptions => ({
  recordingsFolder: folder,
  spoolFolder: join(folder, 'spool'),
  recovered: false,
  call: undefined,
  wall: () => STARTED + 5_000,
  boot: 'b',
  ...(onStep === undefined ? {} : { onStep }),
});

/** A spool of one second, two tracks. */
async function spooled(): Promise<RecordingId> {
  const recording = newRecordingId(STARTED);
  const opened: OpenedRecording = {
    recording,
    contact: newContactId(STARTED),
    from: '*1',
    to: '*2',
    direction: 'inbound',
    sipCallId: 'x',
    codec: 'PCMU',
    node: 'n',
    software: 's',
    opened: STARTED,
    boot: 'b',
    process: { pid: 1, started: '' },
    retention: { class: 'c', policy: 'p', policy_version: 1, retain_until: '2031-02-28T23:59:59.000Z' },
  };
  await mkdir(join(folder, 'spool'), { recursive: true });
  let now = 0;
  const disk = new SpoolFolder(join(folder, 'spool'), 0);
  const log = new SpoolLog({
    opened,
    disk,
    now: () => now,
    openedAt: 0,
    memoryBytes: 1 << 20,
    onTrouble: () => undefined,
  });
  await log.open();
  for (const at of [0, 4_000]) {
    now += 500;
    log.audio(chunk(recording, 'customer', 400, at));
    log.audio(chunk(recording, 'bot', 1_000, at));
  }
  for (const track of ['customer', 'bot']) log.event('track-closed', { track });
  expect(await log.end(now, 5_000)).toBeUndefined();
  await log.close();
  return recording;
}

const DAY = ['2026', '02', '28'];
const files = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

const sealedFiles = (recording: string): string[] =>
  ['audio.wav', 'manifest.json', 'tracks/bot.pcmu.wav', 'tracks/customer.pcmu.wav'].map((name) =>
    [...DAY, recording, name].join('/'),
  );

test('a seal leaves the recording in the folder of its day, and nothing else', async () => {
  const recording = await spooled();
  const { sealed } = await sealRecording(recording, options());
  expect(await files()).toEqual(sealedFiles(recording));
  expect(sealed.path).toBe(join(folder, ...DAY, recording, 'audio.wav'));
  expect((await stat(sealed.path)).mode & 0o777).toBe(0o400);
  await expect(sealRecording(recording, options())).rejects.toMatchObject({ code: 'RECORDING_NOT_FOUND' });
});

test.each(SEAL_STEPS)('a failure at "%s" leaves exactly one sealed recording after the next attempt', async (at) => {
  const recording = await spooled();
  const attempt = sealRecording(
    recording,
    options((step) => {
      if (step === at) throw Object.assign(new Error('out of room'), { code: 'ENOSPC' });
    }),
  );
  await expect(attempt).rejects.toMatchObject({ code: 'DISK_FULL' });
  if (at !== 'spool-removed') await sealRecording(recording, { ...options(), recovered: true });
  expect(await files()).toEqual(sealedFiles(recording));
  expect(await verifyRecording(join(folder, ...DAY, recording))).toMatchObject({ ok: true });
});

test.each(SEAL_STEPS)('kill -9 at "%s" leaves exactly one sealed recording after the next start', async (at) => {
  const recording = await spooled();
  const child = spawn(process.execPath, [new URL('seal-child.mjs', import.meta.url).pathname, folder, recording, at], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const signal = await new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
  expect(signal).toBe('SIGKILL');
  if (at !== 'spool-removed') await sealRecording(recording, { ...options(), recovered: true });
  expect(await files()).toEqual(sealedFiles(recording));
  expect(await verifyRecording(join(folder, ...DAY, recording))).toMatchObject({ ok: true });
});

test('a final folder that does not verify is moved aside, never overwritten, while the spool is there', async () => {
  const recording = await spooled();
  await expect(
    sealRecording(
      recording,
      options((step) => {
        if (step === 'placed') throw new Error('stop');
      }),
    ),
  ).rejects.toMatchObject({ code: 'RECORDINGS_UNWRITABLE' });
  const wav = join(folder, ...DAY, recording, 'audio.wav');
  const bytes = await readFile(wav);
  bytes[5_000] = (bytes[5_000] ?? 0) ^ 1;
  await rm(wav);
  await writeFile(wav, bytes);
  const { sealed } = await sealRecording(recording, options());
  expect(await verifyRecording(sealed.path)).toMatchObject({ ok: true });
  expect(await readdir(join(folder, ...DAY))).toEqual([recording, `${recording}.damaged-1`]);
});
