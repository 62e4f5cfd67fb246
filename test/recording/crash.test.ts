import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { Manifest } from '../../src/recording/manifest.ts';
import { openRecorder } from '../../src/recording/open-recorder.ts';
import type { SealedRecording } from '../../src/recording/recorder.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crash-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const CHILD = new URL('recording-child.mjs', import.meta.url).pathname;
const retention = { class: 'c', policy: 'p', policy_version: 1, years: 5 };

async function recover(recordingsDirectory = folder): Promise<readonly SealedRecording[]> {
  await using recorder = await openRecorder(
    { recordingsDirectory, retention, reserveBytes: 0 },
    systemClock,
    silentLogger,
  );
  return await recorder.recover();
}

const manifestOf = async ({ manifestPath }: SealedRecording): Promise<Manifest> =>
  JSON.parse(await readFile(manifestPath, 'utf8')) as Manifest;

/** Until the child says that chunk `n` is safe; then it may be killed at any moment. */
async function untilSafe(child: ChildProcess, n: number): Promise<string[]> {
  const lines: string[] = [];
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (line === `safe ${n}`) return lines;
  }
  throw new Error(`the child ended after ${lines.join(', ')}`);
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

async function killed(
  recordingsDirectory: string,
  mode: 'written' | 'durable',
  n: number,
  atDeath: () => void = () => undefined,
): Promise<void> {
  const child = spawn(process.execPath, [CHILD, recordingsDirectory, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await untilSafe(child, n);
    atDeath();
  } finally {
    child.kill('SIGKILL');
    await ended(child);
    child.stdout?.destroy();
  }
}

/** Chunk k of each track is 800 times the byte k. */
async function expectChunks(sealed: SealedRecording, atLeast: number): Promise<void> {
  for (const track of ['customer', 'bot']) {
    const samples = (await readFile(join(sealed.path, '..', `tracks/${track}.pcmu.wav`))).subarray(58);
    expect(samples.length).toBeGreaterThanOrEqual(atLeast * 800);
    for (let k = 0; k < atLeast; k++)
      expect(samples.subarray(k * 800, (k + 1) * 800).every((code) => code === (k & 0x7f))).toBe(true);
  }
}

test('kill -9 in mid-call: all that was written is recovered, sealed once, playable, and verifies', async () => {
  await killed(folder, 'written', 30);
  const [sealed, ...more] = await recover();
  expect(more).toEqual([]);
  if (sealed === undefined) throw new Error('nothing was recovered');
  expect(sealed).toMatchObject({ recovered: true, problems: [] });
  await expectChunks(sealed, 31);
  expect((await manifestOf(sealed)).lost_ms).toBe(1_000);
  expect(await verifyRecording(sealed.path)).toMatchObject({ ok: true });
  expect(await readdir(join(folder, 'spool'))).toEqual([]);
  expect(await recover()).toEqual([]);
});

test('a recorder that is closed while a seal waits comes to its end: all is in the spool, and the next start seals it', async () => {
  execFileSync(process.execPath, [CHILD, folder, 'stopped', '6'], { timeout: 60_000, stdio: 'ignore' });
  const [sealed, ...more] = await recover();
  expect(more).toEqual([]);
  if (sealed === undefined) throw new Error('nothing was recovered');
  expect(sealed).toMatchObject({ recovered: true, problems: [] });
  await expectChunks(sealed, 6);
  expect(await recover()).toEqual([]);
});

test('a torn tail is cut at the last whole record', async () => {
  await killed(folder, 'written', 5);
  const [name = ''] = await readdir(join(folder, 'spool'));
  const path = join(folder, 'spool', name);
  const { length } = await readFile(path);
  await truncate(path, length - 700);
  const [sealed] = await recover();
  expect(sealed).toMatchObject({ recovered: true, problems: [] });
});

test('a damaged middle: the rest is had, the hole is a gap, and the problem is listed', async () => {
  await killed(folder, 'written', 20);
  const [name = ''] = await readdir(join(folder, 'spool'));
  const path = join(folder, 'spool', name);
  const bytes = await readFile(path);
  await writeFile(path, bytes.fill(0x5a, 20_480, 24_576));
  const [sealed] = await recover();
  if (sealed === undefined) throw new Error('nothing was recovered');
  expect(sealed.problems).toEqual([
    expect.stringMatching(/^spool: records \d+ to \d+ are missing, between \d+ and \d+ ms$/),
  ]);
  const manifest = await manifestOf(sealed);
  expect(manifest.gaps).toContainEqual(expect.objectContaining({ track: 'customer', because: 'not-received' }));
  expect(await verifyRecording(sealed.path)).toMatchObject({ ok: false, intact: true, problems: sealed.problems });
});

test('a spool whose head is destroyed is set aside and never deleted; the others are recovered', async () => {
  await killed(folder, 'written', 3);
  const spool = join(folder, 'spool');
  const stranger = 'segment-01890000-0000-7000-8000-000000000000.spool';
  await writeFile(join(spool, stranger), Buffer.alloc(50_000, 7));
  expect(await recover()).toHaveLength(1);
  expect(await readdir(join(spool, 'unreadable'))).toEqual([stranger]);
});

test('the spool of a process that lives is left alone', async () => {
  const child = spawn(process.execPath, [CHILD, folder, 'written'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await untilSafe(child, 2);
    expect(await recover()).toEqual([]);
  } finally {
    child.kill('SIGKILL');
    await ended(child);
    child.stdout?.destroy();
  }
  expect(await recover()).toHaveLength(1);
});

const missing = (program: string): boolean => spawnSync('which', [program]).status !== 0;
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const isRoot = process.getuid?.() === 0;

test('fdatasync fails with EIO (strace): a new segment, the trouble told, nothing lost', async ({ skip }) => {
  if (missing('strace')) skip('Debian package strace is not installed');
  const child = spawn(
    'strace',
    [
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      'trace=fdatasync',
      '-e',
      // the one of the opening succeeds: a disk that fails there refuses the recording
      'inject=fdatasync:error=EIO:when=3+3',
      process.execPath,
      CHILD,
      folder,
      'durable',
      '12',
    ],
    // strace counts by thread, so that there is one
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, UV_THREADPOOL_SIZE: '1' } },
  );
  let errors = '';
  child.stderr.on('data', (data) => (errors += String(data)));
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) lines.push(line);
  await ended(child);
  if (/ptrace|PTRACE/.test(errors)) skip(`strace may not trace here: ${errors.slice(0, 100)}`);
  expect(lines).toContain('trouble RECORDINGS_UNWRITABLE');
  const sealed = JSON.parse(lines.find((line) => line.startsWith('sealed '))?.slice(7) ?? '{}') as SealedRecording;
  expect(sealed).toMatchObject({ recovered: false, problems: [], gaps: 0 });
  await expectChunks(sealed, 12);
  expect((await manifestOf(sealed)).spool.segments).toBeGreaterThan(1);
});

/** EXT4_IOC_SHUTDOWN with NOLOGFLUSH: what was not synced is lost, as xfstests' godown does it. */
const GO_DOWN =
  'import fcntl,os,struct,sys; fcntl.ioctl(os.open(sys.argv[1],os.O_RDONLY),0x8004587D,struct.pack("I",2))';

test('a power cut: all that was said to be durable is there after the journal is replayed', async ({ skip }) => {
  if (!isRoot) skip('only root can mount a file system');
  if (missing('mkfs.ext4') || missing('python3')) skip('Debian packages e2fsprogs and python3 are not installed');
  const image = join(folder, 'disk.img');
  const mounted = join(folder, 'mnt');
  run('truncate', '-s', '64M', image);
  run('mkfs.ext4', '-q', image);
  run('mkdir', mounted);
  try {
    run('mount', '-o', 'loop', image, mounted);
  } catch {
    skip('no loop device can be mounted here');
  }
  try {
    await killed(join(mounted, 'recordings'), 'durable', 6, () => run('python3', '-c', GO_DOWN, mounted));
    run('umount', mounted);
    run('mount', '-o', 'loop', image, mounted);
    const [sealed] = await recover(join(mounted, 'recordings'));
    if (sealed === undefined) throw new Error('nothing was recovered');
    expect(sealed).toMatchObject({ recovered: true, problems: [] });
    await expectChunks(sealed, 7);
  } finally {
    run('umount', '-l', mounted);
  }
});
