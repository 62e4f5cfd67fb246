import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newRecordingId, type RecordingId } from '../../src/domain/ids.ts';
import {
  SEAL_STEPS,
  type Sealed,
  type SealOptions,
  type SealStep,
  sealRecording,
} from '../../src/recording/seal-recording.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { openedFor } from './opened.ts';
import { chunk } from './spoken-audio.ts';
import { contentsIn, leaveSpooled } from './spooled.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seal-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const STARTED = Date.parse('2026-02-28T23:59:59.000Z');
const options = (onStep?: (step: SealStep) => void): SealOptions => ({
  recordingsDirectory: folder,
  spoolFolder: join(folder, 'spool'),
  recovered: false,
  call: undefined,
  wall: () => STARTED + 5_000,
  ...(onStep === undefined ? {} : { onStep }),
});

/** A spool of one second, two tracks. */
async function spooled(): Promise<RecordingId> {
  const recording = newRecordingId(STARTED);
  const chunks = [0, 4_000].flatMap((at) => [
    chunk(recording, 'customer', 400, at),
    chunk(recording, 'bot', 1_000, at),
  ]);
  await leaveSpooled(folder, openedFor(recording, STARTED), chunks, { endAt: 1_000 });
  return recording;
}

const seal = (recording: RecordingId, how: SealOptions): Promise<Sealed> =>
  sealRecording(recording, () => contentsIn(folder, recording), how);

const DAY = ['2026', '02', '28'];
/** What is sealed or on its way. */
const files = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => !name.endsWith('.spool') && name !== 'spool.key')
    .sort();

const sealedFiles = (recording: string): string[] =>
  ['audio.wav', 'manifest.json', 'tracks/bot.pcmu.wav', 'tracks/customer.pcmu.wav'].map((name) =>
    [...DAY, recording, name].join('/'),
  );

test('a seal leaves the recording in the folder of its day, and nothing else', async () => {
  const recording = await spooled();
  const { sealed } = await seal(recording, options());
  expect(await files()).toEqual(sealedFiles(recording));
  expect(sealed.path).toBe(join(folder, ...DAY, recording, 'audio.wav'));
  expect((await stat(sealed.path)).mode & 0o777).toBe(0o400);
  await expect(seal(newRecordingId(STARTED), options())).rejects.toMatchObject({ code: 'RECORDING_NOT_FOUND' });
});

test.each(SEAL_STEPS)('a failure at "%s" leaves exactly one sealed recording after the next attempt', async (at) => {
  const recording = await spooled();
  const attempt = seal(
    recording,
    options((step) => {
      if (step === at) throw Object.assign(new Error('out of room'), { code: 'ENOSPC' });
    }),
  );
  await expect(attempt).rejects.toMatchObject({ code: 'DISK_FULL' });
  await seal(recording, { ...options(), recovered: true });
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
  await seal(recording, { ...options(), recovered: true });
  expect(await files()).toEqual(sealedFiles(recording));
  expect(await verifyRecording(join(folder, ...DAY, recording))).toMatchObject({ ok: true });
});

test('a final folder that does not verify is moved aside, never overwritten, while the spool is there', async () => {
  const recording = await spooled();
  await expect(
    seal(
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
  const { sealed } = await seal(recording, options());
  expect(await verifyRecording(sealed.path)).toMatchObject({ ok: true });
  expect(await readdir(join(folder, ...DAY))).toEqual([recording, `${recording}.damaged-1`]);
});
