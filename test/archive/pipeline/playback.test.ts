import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { archiveRecording } from '../../../src/archive/pipeline/archive-recording.ts';
import { openPlayback } from '../../../src/archive/pipeline/playback.ts';
import type { VirtualWav } from '../../../src/archive/playback.ts';
import { parseWav } from '../../../src/audio/wav.ts';
import { Scope } from '../../../src/lib/scope.ts';
import { strengthOf } from '../../recording/spoken-audio.ts';
import { archiveForTest } from './archive-for-test.ts';
import { sealedForTest } from './sealed-recording.ts';
import { issuePermit } from '../../../src/domain/destruction-permit.ts';

let folder: string;
let scope: Scope;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-playback-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
});

async function archived(options: Parameters<typeof sealedForTest>[1] = {}) {
  const parts = await archiveForTest(folder, scope);
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), {
    callMs: 10_000,
    tracks: ['customer', 'bot'],
    ...options,
  });
  await archiveRecording(recording, source, parts, {
    workFolder: join(folder, 'work'),
    keepSealedMs: Number.MAX_SAFE_INTEGER,
    software: 'test',
  });
  const { index, keys } = parts;
  return { recording, index, keys, playback: openPlayback(parts), wav: await readFile(join(source, 'audio.wav')) };
}

async function bytesOf(wav: VirtualWav, from: number, to: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of wav.read(from, to, new AbortController().signal)) parts.push(part);
  return Buffer.concat(parts);
}

test('every range of the virtual WAV is the bytes of the WAV that was sealed', async () => {
  const { playback, recording, wav } = await archived();
  await using virtual = await playback.open(recording, true);
  expect(virtual).toMatchObject({ bytes: wav.length, bytesPerSecond: 32_000, headerBytes: 44 });
  for (const [from, to] of [
    [0, wav.length],
    [0, 10],
    [40, 50],
    [43, 44],
    [44, 45],
    [45, 47],
    [46, 200_001],
    [123_457, 123_459],
    [wav.length - 3, wav.length],
    [wav.length - 1, wav.length + 100],
  ] as const)
    expect([from, to, (await bytesOf(virtual, from, to)).equals(wav.subarray(from, to))]).toEqual([from, to, true]);
  expect(await bytesOf(virtual, wav.length, wav.length + 10)).toHaveLength(0);
});

test('what was found to be secret is silent for who hears it masked, on the channel of its track alone', async () => {
  const { playback, recording, index } = await archived();
  await index.setContent(recording, {
    spans: [{ track: 'customer', fromMs: 2_000, toMs: 4_000, kind: 'masked', level: 'C3', source: 'card-number' }],
  });
  const heard = async (masked: boolean): Promise<readonly Int16Array[]> => {
    await using virtual = await playback.open(recording, masked);
    return parseWav(await bytesOf(virtual, 0, virtual.bytes)).samples;
  };
  const [left, right] = await heard(true);
  expect(left!.subarray(16_000, 32_000).every((sample) => sample === 0)).toBe(true);
  for (const around of [left!.subarray(8_000, 15_999), left!.subarray(32_001, 40_000)])
    expect(strengthOf(around, 440)).toBeGreaterThan(0.9);
  expect(strengthOf(right!.subarray(16_000, 32_000), 600)).toBeGreaterThan(0.9);
  const [clear] = await heard(false);
  expect(strengthOf(clear!.subarray(16_000, 32_000), 440)).toBeGreaterThan(0.9);
});

test('a destroyed recording plays no more, and an aborted reader gets nothing more', async () => {
  const { playback, recording, keys } = await archived();
  await using virtual = await playback.open(recording, false);
  const aborter = new AbortController();
  await expect(
    (async () => {
      for await (const part of virtual.read(44, virtual.bytes, aborter.signal)) if (part.length > 0) aborter.abort();
    })(),
  ).rejects.toThrow('aborted');
  await keys.destroySecret(issuePermit(recording));
  await expect(playback.open(recording, false)).rejects.toMatchObject({ code: 'KEY_DESTROYED' });
  await expect(playback.open('0190a0a0-0000-7000-8000-000000000001', false)).rejects.toMatchObject({
    code: 'RECORDING_NOT_FOUND',
  });
});

test.each(
  (['inbound', 'outbound'] as const).flatMap((direction) =>
    [
      ['customer', 'bot'],
      ['bot', 'customer'],
      ['agent', 'customer'],
      ['agent', 'bot', 'customer'],
      ['agent', 'customer', 'expert', 'supervisor-private'],
    ].map((tracks) => ({ direction, tracks })),
  ),
)('$direction, $tracks: whoever is called customer is on the left, alone', async ({ direction, tracks }) => {
  const { playback, recording, index } = await archived({ direction, tracks, callMs: 1_000 });
  expect(await index.find(recording)).toMatchObject({ direction });
  await using virtual = await playback.open(recording, true);
  const [left, right] = parseWav(await bytesOf(virtual, 0, virtual.bytes)).samples;
  if (left === undefined || right === undefined) throw new Error('it is not stereo');
  expect(strengthOf(left, 440)).toBeGreaterThan(0.8);
  expect(strengthOf(right, 440)).toBeLessThan(0.05);
  for (const hz of [600, 800, 1_000]) expect(strengthOf(left, hz)).toBeLessThan(0.05);
  expect(Math.max(strengthOf(right, 600), strengthOf(right, 800))).toBeGreaterThan(0.3);
});
