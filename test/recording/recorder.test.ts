import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeAlaw, encodeMulaw } from '../../src/audio/g711.ts';
import { parseWav } from '../../src/audio/wav.ts';
import { newContactId, type RecordingId } from '../../src/domain/ids.ts';
import { ms, recordingSample, wallMs } from '../../src/domain/units.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { CallTimes } from '../../src/recording/call-times.ts';
import type { Manifest } from '../../src/recording/manifest.ts';
import { openRecorder, type RecorderOptions } from '../../src/recording/open-recorder.ts';
import type { Recorder, RecordingOptions, SealedRecording } from '../../src/recording/recorder.ts';
import { sealRecording } from '../../src/recording/seal-recording.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { originAgo } from '../support/recording-origin.ts';
import { waitWhile } from '../support/wait-while.ts';
import { CHUNK, chunk, strengthOf, tap } from './spoken-audio.ts';
import { contentsIn } from './spooled.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recorder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const retention = { class: 'hotline', policy: 'bank-default', policy_version: 3, years: 5 };
const open = (more: Partial<RecorderOptions> = {}): Promise<Recorder> =>
  openRecorder(
    { recordingsDir: folder, node: 'test', retention, reserveBytes: 1 << 20, ...more },
    systemClock,
    silentLogger,
  );

/** Audio comes faster here than it is spoken: the recording began so much earlier. */
const wanted = (ageMs: number, codec: 'PCMU' | 'PCMA' = 'PCMU'): RecordingOptions => ({
  ...originAgo(ageMs),
  contact: newContactId(Date.now()),
  from: '+86*******5678',
  to: '*5555',
  direction: 'inbound',
  sipCallId: 'abc@test',
  codec,
});

const soxi = (what: string, path: string): string => execFileSync('soxi', [what, path], { encoding: 'utf8' }).trim();
const manifestOf = async (sealed: SealedRecording): Promise<Manifest> =>
  JSON.parse(await readFile(sealed.manifestPath, 'utf8')) as Manifest;
const spooled = async (): Promise<string[]> =>
  (await readdir(join(folder, 'spool'))).filter((name) => name !== 'reserve.bin');

test('a call with two tracks: both channels, in their places, verified, and the spool gone', async () => {
  await using recorder = await open();
  const line = recorder.openChannel();
  const { send, close } = tap(line);
  const options = wanted(2_500);
  const { recording: id } = options;
  const recording = await recorder.open(options);
  expect(await spooled()).toEqual([expect.stringMatching(/^segment-[0-9a-f-]{36}\.spool$/)]);
  for (let at = 0; at < 3 * 8_000; at += CHUNK) send(chunk(id, 'customer', 400, at), chunk(id, 'bot', 1_000, at));
  close(id, 'customer', 'bot');
  recording.note('transfer-began', { to: 'person' });
  const sealed = await recording.seal();
  line.close();

  expect(sealed).toMatchObject({ recording: id, contact: options.contact, gaps: 0, recovered: false, problems: [] });
  expect(await verifyRecording(sealed.path)).toEqual({ ok: true, intact: true, problems: [], remarks: [] });
  expect(await spooled()).toEqual([]);
  const { rate, samples } = parseWav(await readFile(sealed.path));
  const [left, right] = samples as [Int16Array, Int16Array];
  expect([rate, left.length]).toEqual([8_000, 3 * 8_000]);
  expect(strengthOf(left, 400)).toBeCloseTo(1, 1);
  expect(strengthOf(left, 1_000)).toBeLessThan(0.01);
  expect(strengthOf(right, 1_000)).toBeCloseTo(1, 1);
  expect(strengthOf(right, 400)).toBeLessThan(0.01);
  const manifest = await manifestOf(sealed);
  expect(manifest.retention).toMatchObject({ class: 'hotline', policy: 'bank-default', policy_version: 3 });
  expect(Date.parse(manifest.retention.retain_until) - Date.parse(manifest.started_at)).toBeGreaterThan(
    5 * 364 * 86_400_000,
  );
  expect(manifest.events.map(({ type }) => type)).toContain('transfer-began');
});

test('the customer hears bot and agent: the right channel is their sum; each track is kept as it came', async () => {
  await using recorder = await open();
  const line = recorder.openChannel();
  const { send, close } = tap(line);
  const options = wanted(1_500, 'PCMA');
  const id = options.recording;
  const recording = await recorder.open(options);
  recording.joined('customer', 'caller');
  for (let at = 0; at < 16_000; at += CHUNK)
    send(
      chunk(id, 'customer', 400, at, CHUNK, [], 'PCMA'),
      chunk(id, 'bot', 1_000, at, CHUNK, [], 'PCMA'),
      ...(at < 8_000 ? [] : [chunk(id, 'agent', 1_500, at)]),
    );
  recording.joined('agent', 'person');
  recording.left('agent');
  close(id, 'customer', 'bot', 'agent');
  const sealed = await recording.seal();
  line.close();

  expect(sealed).toMatchObject({ gaps: 0, problems: [] });
  const right = parseWav(await readFile(sealed.path)).samples[1] as Int16Array;
  expect(strengthOf(right.subarray(0, 8_000), 1_500)).toBeLessThan(0.01);
  expect(strengthOf(right.subarray(8_000), 1_500)).toBeCloseTo(1, 1);
  expect(strengthOf(right.subarray(8_000), 1_000)).toBeCloseTo(1, 1);
  const manifest = await manifestOf(sealed);
  expect(manifest.audio).toMatchObject({ left: ['customer'], right: ['bot', 'agent'] });
  expect(manifest.tracks.map(({ track, codec, from, received }) => [track, codec, from, received])).toEqual([
    ['agent', 'PCMU', 8_000, 8_000],
    ['bot', 'PCMA', 0, 16_000],
    ['customer', 'PCMA', 0, 16_000],
  ]);
  const agent = await readFile(join(sealed.path, '..', 'tracks/agent.pcmu.wav'));
  expect(agent.subarray(58 + 8_000)).toEqual(
    Buffer.concat([chunk(id, 'agent', 1_500, 8_000).payload, chunk(id, 'agent', 1_500, 12_000).payload]),
  );
  expect(manifest.participants.map(({ track, who }) => [track, who])).toEqual([
    ['agent', 'person'],
    ['customer', 'caller'],
  ]);
});

test('what did not come is silence and a gap, and the time line stays whole', async () => {
  await using recorder = await open();
  const line = recorder.openChannel();
  const { send, close } = tap(line);
  const options = wanted(1_500);
  const id = options.recording;
  const recording = await recorder.open(options);
  send(
    chunk(id, 'customer', 400, 0, CHUNK, [
      { at: recordingSample(160), samples: 160, because: 'loss' },
      { at: recordingSample(320), samples: 160, because: 'loss' },
    ]),
  );
  send(chunk(id, 'customer', 400, 12_000)); // 1 s is missing
  send(chunk(id, 'bot', 1_000, 0), chunk(id, 'bot', 1_000, 12_000)); // the bot said nothing for 1 s
  close(id, 'customer', 'bot');
  const sealed = await recording.seal();
  line.close();

  const manifest = await manifestOf(sealed);
  expect(manifest.gaps).toEqual([
    { track: 'customer', at: 160, samples: 320, because: 'loss' },
    { track: 'customer', at: 4_000, samples: 8_000, because: 'not-received' },
  ]);
  expect(sealed.gaps).toBe(2);
  const left = parseWav(await readFile(sealed.path)).samples[0] as Int16Array;
  expect(left).toHaveLength(16_000);
  expect(left.subarray(4_000, 12_000).every((sample) => sample === 0)).toBe(true);
  expect(strengthOf(left.subarray(12_000), 400)).toBeCloseTo(1, 1);
});

test('a masked stretch is silence on every disk, whatever the media worker sent', async () => {
  await using recorder = await open();
  const line = recorder.openChannel();
  const { send, close } = tap(line);
  const options = wanted(200);
  const id = options.recording;
  const recording = await recorder.open(options);
  send(
    chunk(id, 'customer', 400, 0, CHUNK, [{ at: recordingSample(1_000), samples: 2_000, because: 'masked' }]),
    chunk(id, 'bot', 500, 0),
  );
  close(id, 'customer', 'bot');
  const sealed = await recording.seal();
  line.close();
  const track = await readFile(join(sealed.path, '..', 'tracks/customer.pcmu.wav'));
  expect(track.subarray(58 + 1_000, 58 + 3_000).every((code) => code === 0xff)).toBe(true);
  expect(track.subarray(58, 58 + 1_000)).toEqual(Buffer.from(chunk(id, 'customer', 400, 0).payload.subarray(0, 1_000)));
  expect((await manifestOf(sealed)).gaps).toEqual([
    { track: 'customer', at: 1_000, samples: 2_000, because: 'masked' },
  ]);
});

test('sox reads the stereo file and the tracks', async ({ skip }) => {
  try {
    execFileSync('sox', ['--version'], { stdio: 'ignore' });
  } catch {
    skip('Debian package sox is not installed');
  }
  await using recorder = await open();
  const line = recorder.openChannel();
  const { send, close } = tap(line);
  const options = wanted(200, 'PCMA');
  const id = options.recording;
  const recording = await recorder.open(options);
  send(chunk(id, 'customer', 400, 0, 4_001, [], 'PCMA'), chunk(id, 'bot', 1_000, 0, CHUNK, [], 'PCMA'));
  close(id, 'customer', 'bot');
  const sealed = await recording.seal();
  line.close();
  expect([soxi('-c', sealed.path), soxi('-r', sealed.path), soxi('-s', sealed.path), soxi('-e', sealed.path)]).toEqual([
    '2',
    '8000',
    '4002',
    'Signed Integer PCM',
  ]);
  const track = join(sealed.path, '..', 'tracks/customer.pcma.wav');
  expect([soxi('-c', track), soxi('-s', track), soxi('-e', track)]).toEqual(['1', '4002', 'A-law']);
});

test('chunks that come before the recording is opened, or nonsense, lose nothing and break nothing', async () => {
  await using recorder = await open();
  const line = recorder.openChannel();
  const { send, close } = tap(line);
  const options = wanted(500);
  const id = options.recording;
  send(chunk(id, 'customer', 400, 0), chunk(id, 'bot', 400, 0));
  for (const nonsense of [
    null,
    7,
    {},
    { type: 'chunks' },
    { type: 'chunks', chunks: [null, {}, { ...chunk(id, '../x', 1, 0) }, { ...chunk(id, 'customer', 1, -1) }] },
  ])
    line.postMessage(nonsense);
  const recording = await recorder.open(options);
  send(chunk(id, 'customer', 400, CHUNK), chunk(id, 'bot', 400, CHUNK));
  close(id, 'customer', 'bot');
  const sealed = await recording.seal();
  line.close();
  expect(sealed.problems).toEqual([]);
  expect((await manifestOf(sealed)).tracks.map(({ track, received }) => [track, received])).toEqual([
    ['bot', 2 * CHUNK],
    ['customer', 2 * CHUNK],
  ]);
});

test('a tap that is never closed does not hold up the seal for ever; sealing twice is one sealing', async () => {
  await using recorder = await open();
  const line = recorder.openChannel();
  const options = wanted(200);
  const recording = await recorder.open(options);
  tap(line).send(chunk(options.recording, 'customer', 400, 0), chunk(options.recording, 'bot', 400, 0));
  const [one, two] = await Promise.all([recording.seal(), recording.seal()]);
  line.close();
  expect(one).toBe(two);
  expect(one.problems).toEqual([]);
  expect(recorder.backlog()).toMatchObject({ open: 0, sealing: 0 });
});

test('a call that ended before any audio came is a sealed recording of silence', async () => {
  await using recorder = await open();
  const recording = await recorder.open(wanted(0));
  const sealed = await recording.seal();
  expect(sealed).toMatchObject({ problems: [], gaps: 0 });
  expect((await verifyRecording(sealed.path)).remarks).toEqual(['no audio came']);
});

test('a folder that cannot be written to is said at the start', async () => {
  await expect(open({ recordingsDir: '/proc/none' })).rejects.toMatchObject({ code: 'RECORDINGS_UNWRITABLE' });
});

test('a track whose clock runs ahead is moved to where it was heard', async () => {
  await using recorder = await open();
  const line = recorder.openChannel();
  const { send, close } = tap(line);
  const options = wanted(1_000);
  const id: RecordingId = options.recording;
  const recording = await recorder.open(options);
  for (let n = 0; n < 3; n++)
    send(chunk(id, 'customer', 400, 8_000 * 3_600 + n * CHUNK), chunk(id, 'bot', 400, n * CHUNK));
  close(id, 'customer', 'bot');
  const sealed = await recording.seal();
  line.close();
  expect(sealed.duration).toBeLessThan(10_000);
  expect((await manifestOf(sealed)).events.map(({ type }) => type)).toContain('track-moved');
});

test('a bot that was silent throughout is a problem; a silent caller is a remark; nothing received is neither', async () => {
  await using recorder = await open();
  const line = recorder.openChannel();
  const { send, close } = tap(line);
  const verified = async (silent: readonly string[], length: number) => {
    const options = wanted(4_000);
    const id = options.recording;
    const recording = await recorder.open(options);
    for (let at = 0; at < 32_000; at += CHUNK)
      for (const track of ['customer', 'bot'])
        if (!silent.includes(track)) send(chunk(id, track, 400, at));
        else if (at < length) send({ ...chunk(id, track, 400, at), payload: new Uint8Array(CHUNK).fill(0xff) });
    close(id, 'customer', 'bot');
    return verifyRecording((await recording.seal()).path);
  };
  expect(await verified(['bot'], 32_000)).toMatchObject({
    ok: false,
    intact: true,
    problems: [expect.stringContaining('right')],
  });
  expect(await verified(['customer'], 32_000)).toMatchObject({ ok: true, remarks: [expect.stringContaining('left')] });
  expect(await verified(['customer'], 4_000)).toMatchObject({ ok: true, remarks: [] });
  line.close();
});

test('a recording that is left open when the server stops is recovered whole by the next', async () => {
  const options = wanted(500);
  const id = options.recording;
  {
    await using recorder = await open();
    const line = recorder.openChannel();
    await recorder.open(options);
    tap(line).send(chunk(id, 'customer', 400, 0), chunk(id, 'bot', 400, 0));
    await waitWhile(() => recorder.backlog().unsyncedMs === 0);
    line.close();
  }
  const { sealed } = await sealRecording(id, () => contentsIn(folder, id), {
    recordingsFolder: folder,
    spoolFolder: join(folder, 'spool'),
    recovered: true,
    call: undefined,
    wall: Date.now,
  });
  expect(sealed).toMatchObject({ recovered: true, problems: [], duration: 500 });
});

test('a recorder that dies is replaced, and the recording goes on: one file, the hole listed', async () => {
  const workers: Worker[] = [];
  const onWorker = (worker: Worker): void => void workers.push(worker);
  process.on('worker', onWorker);
  await using recorder = await open();
  process.off('worker', onWorker);
  const options = wanted(2_500);
  const id = options.recording;
  const troubles: string[] = [];
  recorder.onTrouble((_, code) => troubles.push(code));
  const recording = await recorder.open(options);
  const first = recorder.openChannel();
  tap(first).send(chunk(id, 'customer', 400, 0), chunk(id, 'bot', 400, 0));
  await waitWhile(() => recorder.backlog().unsyncedMs === 0);
  await waitWhile(() => recorder.backlog().unsyncedMs > 0); // what waits for a commit dies with it
  const replaced = new Promise<void>((resolve) => recorder.onChannelNeeded(resolve));
  await workers[0]?.terminate();
  await replaced;
  const second = recorder.openChannel();
  tap(second).send(chunk(id, 'customer', 400, 16_000), chunk(id, 'bot', 400, 16_000));
  tap(second).close(id, 'customer', 'bot');
  const sealed = await recording.seal();
  first.close();
  second.close();
  expect(troubles).toEqual(['INTERNAL']);
  expect(sealed.problems).toEqual([expect.stringMatching(/^spool: records \d+ to \d+ are missing/)]);
  const { tracks, gaps, spool } = await manifestOf(sealed);
  expect(tracks.map(({ received }) => received)).toEqual([2 * CHUNK, 2 * CHUNK]);
  expect(gaps).toEqual([{ track: 'customer', at: CHUNK, samples: 12_000, because: 'not-received' }]);
  expect(spool.segments).toBe(2);
  expect(await spooled()).toEqual([]);
});

test('what never was a call leaves nothing: not in the spool, not among the recordings', async () => {
  await using recorder = await open();
  const line = recorder.openChannel();
  const { send, close } = tap(line);
  const options = wanted(2_500);
  const recording = await recorder.open(options);
  for (let at = 0; at < 2 * 8_000; at += CHUNK) send(chunk(options.recording, 'customer', 400, at));
  close(options.recording, 'customer');
  await Promise.all([recording.discard(), recording.discard()]);
  expect(await spooled()).toEqual([]);
  expect((await readdir(folder)).sort()).toEqual(['spool', 'spool.key']);
  expect(recorder.backlog()).toMatchObject({ open: 0, sealing: 0 });
  expect(await recorder.recover()).toEqual([]);
  line.close();
});

test('a quiet caller cries no wolf: a last bit that flickers, A-law idle in a PCMU call', async () => {
  await using recorder = await open();
  const channel = recorder.openChannel();
  const { send, close } = tap(channel);
  for (const [codec, ...idle] of [
    ['PCMU', 0xff, 0xfe, 0x7e, 0x7f],
    ['PCMA', 0xd5, 0x55, 0xd4, 0x54],
    ['PCMU', ...encodeMulaw(decodeAlaw(Uint8Array.of(0xd5, 0x55)))],
  ] as const) {
    const options = wanted(4_000, codec);
    const id = options.recording;
    const recording = await recorder.open(options);
    const quiet = Uint8Array.from({ length: CHUNK }, (_, n) => idle[n % idle.length] ?? 0);
    for (let at = 0; at < 32_000; at += CHUNK)
      send(
        { ...chunk(id, 'customer', 0, at, CHUNK, [], codec), payload: quiet.slice() },
        chunk(id, 'bot', 400, at, CHUNK, [], codec),
      );
    close(id, 'customer', 'bot');
    const sealed = await recording.seal();
    expect(sealed.problems).toEqual([]);
    expect(await verifyRecording(sealed.path)).toMatchObject({
      ok: true,
      remarks: [expect.stringMatching(/left channel is silent/)],
    });
  }
  channel.close();
});

/** What the journal knows of the call that is recorded. */
const knows = (times: Partial<CallTimes> = {}): Partial<RecorderOptions> => ({
  callTimes: () =>
    Promise.resolve({
      offered: wallMs(Date.now() - 40_000),
      answered: ms(200),
      ended: ms(40_000),
      prompted: ms(2_000),
      ...times,
    }),
});

test('at the seal: a recording that lacks most of what the journal knows is not verified, and its manifest says so to whoever reads it later', async () => {
  await using recorder = await open(knows());
  const channel = recorder.openChannel();
  const { send, close } = tap(channel);
  const options = wanted(40_000);
  const id = options.recording;
  const recording = await recorder.open(options);
  for (let at = 0; at < 40_000; at += CHUNK) send(chunk(id, 'customer', 400, at), chunk(id, 'bot', 400, at));
  close(id, 'customer', 'bot');
  const sealed = await recording.seal();
  channel.close();
  const missing = expect.stringMatching(
    /^call: 35\.\d s of the customer's 39\.8 s were not recorded and no gap says why/,
  );
  expect(sealed.problems).toEqual(expect.arrayContaining([missing]));
  expect(await verifyRecording(sealed.path)).toMatchObject({
    ok: false,
    intact: true,
    problems: expect.arrayContaining([missing]),
  });
});
