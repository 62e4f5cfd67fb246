import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeAlaw, encodeMulaw } from '../../src/audio/g711.ts';
import { parseWav } from '../../src/audio/wav.ts';
import { ms, recordingSample, wallMs } from '../../src/domain/units.ts';
import type { CallTimes } from '../../src/recording/call-times.ts';
import { type RecorderOptions } from '../../src/recording/open-recorder.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { folder, manifestOf, open, spooled, useRecorderFolder, wanted } from './recorded-call.ts';
import { CHUNK, chunk, strengthOf, tap } from './spoken-audio.ts';

useRecorderFolder();

const soxi = (what: string, path: string): string => execFileSync('soxi', [what, path], { encoding: 'utf8' }).trim();

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

test('a call that ended before any audio came is a sealed recording of silence', async () => {
  await using recorder = await open();
  const recording = await recorder.open(wanted(0));
  const sealed = await recording.seal();
  expect(sealed).toMatchObject({ problems: [], gaps: 0 });
  expect((await verifyRecording(sealed.path)).remarks).toEqual(['no audio came']);
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
