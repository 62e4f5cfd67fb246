import { execFileSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdir, mkdtemp, open as openFile, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newContactId, newRecordingId } from '../../src/domain/ids.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { Manifest } from '../../src/recording/manifest.ts';
import { openRecorder, type RecorderOptions } from '../../src/recording/open-recorder.ts';
import type { Recorder, RecordingOptions } from '../../src/recording/recorder.ts';
import { sealRecording } from '../../src/recording/seal-recording.ts';
import { SpoolFolder } from '../../src/recording/spool/spool-folder.ts';
import { originAgo } from '../support/recording-origin.ts';
import { openedFor } from './opened.ts';
import { CHUNK, chunk, tap } from './spoken-audio.ts';
import { contentsIn, KEYS, leaveSpooled } from './spooled.ts';

/* A file system of one megabyte, really full. */

let folder = '';
let mounted = false;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'disk-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    mounted = true;
  } catch {
    mounted = false;
  }
});
afterEach(async () => {
  if (mounted) execFileSync('umount', ['-l', folder]);
  await rm(folder, { recursive: true, force: true });
});
const NO_MOUNT = 'a small file system can be mounted by root only';

const retention = { class: 'c', policy: 'p', policy_version: 1, years: 5 };
const open = (more: Partial<RecorderOptions> = {}): Promise<Recorder> =>
  openRecorder({ recordingsDirectory: folder, retention, reserveBytes: 0, ...more }, systemClock, silentLogger);
const wanted = (): RecordingOptions => ({
  ...originAgo(9_000),
  contact: newContactId(Date.now()),
  from: '*1',
  to: '*2',
  direction: 'inbound',
  sipCallId: 'x',
  codec: 'PCMU',
});

test('a disk with less room left than the reserve is full before a call is', async (context) => {
  if (!mounted) return context.skip(NO_MOUNT);
  const disk = new SpoolFolder(folder, 256 << 10);
  await disk.probe();
  const filler = join(folder, 'filler');
  await writeFile(filler, Buffer.alloc(896 << 10));
  await expect(disk.probe()).rejects.toMatchObject({ code: 'ENOSPC' });
  await rm(filler);
  await disk.probe();
});

/** Takes all the room there is. */
async function fill(): Promise<string> {
  const path = join(folder, 'filler');
  const file = await openFile(path, 'w');
  try {
    for (;;) await file.write(Buffer.alloc(4_096));
  } catch {
    return path;
  } finally {
    await file.close();
  }
}

const firstTrouble = (recorder: Recorder): Promise<unknown[]> => {
  const bell = new EventEmitter();
  recorder.onTrouble((_, code) => bell.emit('trouble', code));
  return once(bell, 'trouble');
};

test('the disk gets full under a call and is cleared: the trouble is told, no other call is taken, nothing is lost', async ({
  skip,
}) => {
  if (!mounted) skip(NO_MOUNT);
  await using recorder = await open();
  const line = recorder.openChannel();
  const { send, close } = tap(line);
  const options = wanted();
  const id = options.recording;
  const recording = await recorder.open(options);
  const trouble = firstTrouble(recorder);
  send(chunk(id, 'customer', 400, 0), chunk(id, 'bot', 900, 0));
  const filler = await fill();
  send(chunk(id, 'customer', 400, CHUNK), chunk(id, 'bot', 900, CHUNK));
  expect(await trouble).toEqual(['DISK_FULL']);
  await expect(recorder.open(wanted())).rejects.toMatchObject({ code: 'DISK_FULL' });
  await rm(filler);
  send(chunk(id, 'customer', 400, 2 * CHUNK), chunk(id, 'bot', 900, 2 * CHUNK));
  close(id, 'customer', 'bot');
  const sealed = await recording.seal();
  line.close();
  const manifest = JSON.parse(await readFile(sealed.manifestPath, 'utf8')) as Manifest;
  expect(manifest.tracks.map(({ received }) => received)).toEqual([3 * CHUNK, 3 * CHUNK]);
  expect(manifest.gaps.filter(({ because }) => because !== 'not-received')).toEqual([]);
});

test('with a reserve the open call is on the disk to its end although the disk stays full; it is sealed at the next start', async ({
  skip,
}) => {
  if (!mounted) skip(NO_MOUNT);
  const options = wanted();
  const id = options.recording;
  {
    await using recorder = await open({ reserveBytes: 128 << 10 });
    const line = recorder.openChannel();
    const { send, close } = tap(line);
    const recording = await recorder.open(options);
    await fill();
    const trouble = firstTrouble(recorder);
    for (let n = 0; n < 8; n++) send(chunk(id, 'customer', 400, n * CHUNK), chunk(id, 'bot', 900, n * CHUNK));
    close(id, 'customer', 'bot');
    expect(await trouble).toEqual(['DISK_FULL']);
    await expect(recorder.open(wanted())).rejects.toMatchObject({ code: 'DISK_FULL' });
    await expect(recording.seal()).rejects.toMatchObject({ code: 'DISK_FULL' }); // the rendering finds no room
    line.close();
  }
  await rm(join(folder, 'filler'));
  // The same process recovers nothing of its own; what another start would do:
  const { sealed } = await sealRecording(id, () => contentsIn(folder, id), {
    recordingsDirectory: folder,
    spoolFolder: join(folder, 'spool'),
    recovered: true,
    call: undefined,
    wall: () => Date.now(),
  });
  expect(sealed.problems).toEqual([]);
  const manifest = JSON.parse(await readFile(sealed.manifestPath, 'utf8')) as Manifest;
  expect(manifest.tracks.map(({ received }) => received)).toEqual([8 * CHUNK, 8 * CHUNK]);
  expect(manifest.lost_ms).toBe(0);
});

test('a seal that finds no room for its manifest leaves no file open: it is tried again and again', async ({
  skip,
}) => {
  if (!mounted) skip(NO_MOUNT);
  const id = newRecordingId(1);
  await leaveSpooled(folder, openedFor(id), [chunk(id, 'customer', 400, 0)], { endAt: 500 });
  const sealing = sealRecording(id, () => contentsIn(folder, id), {
    recordingsDirectory: folder,
    spoolFolder: join(folder, 'spool'),
    recovered: true,
    call: undefined,
    wall: () => Date.now(),
    onStep: async (step) => void (step === 'rendered' && (await fill())),
  });
  await expect(sealing).rejects.toMatchObject({ code: 'DISK_FULL' });
  const open = await readdir('/proc/self/fd');
  const files = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  expect(files.filter((file) => file.startsWith(folder))).toEqual([]);
});

test('a folder on a full disk takes no call, and says why', async ({ skip }) => {
  if (!mounted) skip(NO_MOUNT);
  await mkdir(join(folder, 'spool'));
  await fill();
  await using recorder = await open({ reserveBytes: 256 << 10, keys: () => Promise.resolve(KEYS) });
  await expect(recorder.open(wanted())).rejects.toMatchObject({ code: 'DISK_FULL' });
});
