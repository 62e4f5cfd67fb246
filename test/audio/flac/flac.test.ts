import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFlacFrame } from '../../../src/audio/flac/decode-flac.ts';
import { encodeFlacFrame } from '../../../src/audio/flac/encode-flac.ts';
import {
  FLAC_BLOCK_SIZE,
  type FlacStream,
  formatFlacHeader,
  parseFlacHeader,
} from '../../../src/audio/flac/flac-stream.ts';
import { openFlac } from '../../../src/audio/flac/read-flac.ts';
import { ALAW_TO_LINEAR, MULAW_TO_LINEAR } from '../../../src/audio/g711.ts';
import { formatWav, parseWav } from '../../../src/audio/wav.ts';
import { IvrError } from '../../../src/domain/error.ts';
import { assertProperty } from '../../support/assert-property.ts';
import { hasPeer } from '../../support/peers.ts';

const interleaved = (channels: readonly Int16Array[]): Buffer => Buffer.from(formatWav(8000, channels).subarray(44));

function flacOf(channels: readonly Int16Array[], blockSize = FLAC_BLOCK_SIZE, rate = 8000): Buffer {
  const samples = channels[0]?.length ?? 0;
  const md5 = createHash('md5').update(interleaved(channels)).digest();
  const parts: Uint8Array[] = [formatFlacHeader({ rate, channels: channels.length, samples, blockSize, md5 })];
  for (let at = 0; at < samples; at += blockSize)
    parts.push(
      encodeFlacFrame(
        channels.map((channel) => channel.subarray(at, at + blockSize)),
        rate,
        at / blockSize,
      ),
    );
  return Buffer.concat(parts);
}

const sourceOf = (bytes: Uint8Array) => {
  const counted = {
    reads: 0,
    bytes: bytes.length,
    read: (from: number, to: number) => {
      counted.reads += 1;
      return Promise.resolve(bytes.subarray(from, to));
    },
  };
  return counted;
};

async function samplesOf(bytes: Uint8Array, from: number, to: number): Promise<Int16Array[]> {
  const reader = await openFlac(sourceOf(bytes));
  const parts: (readonly Int16Array[])[] = [];
  for await (const block of reader.read(from, to)) parts.push(block);
  return Array.from({ length: reader.stream.channels }, (_, channel) =>
    Int16Array.from(parts.flatMap((part) => [...(part[channel] ?? [])])),
  );
}

const codes = fc.constantFrom(MULAW_TO_LINEAR, ALAW_TO_LINEAR);
const anySample = fc.oneof(fc.integer({ min: -32_768, max: 32_767 }), fc.constantFrom(-32_768, 32_767, 0, -1));
const channel = (length: number): fc.Arbitrary<Int16Array> =>
  fc.oneof(
    fc.array(anySample, { minLength: length, maxLength: length }).map((list) => Int16Array.from(list)),
    fc
      .tuple(codes, fc.uint8Array({ minLength: length, maxLength: length }))
      .map(([table, list]) => Int16Array.from(list, (code) => table[code] ?? 0)),
    anySample.map((sample) => new Int16Array(length).fill(sample)),
    fc
      .tuple(fc.integer({ min: 1, max: 32_000 }), fc.double({ min: 0.001, max: 3, noNaN: true }))
      .map(([loud, step]) => Int16Array.from({ length }, (_, i) => Math.round(Math.sin(i * step) * loud))),
  );

test('what is encoded is decoded bit for bit, whatever it is, in blocks of any length', () => {
  const block = fc
    .tuple(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 4 }))
    .chain(([length, count]) => fc.array(channel(length), { minLength: count, maxLength: count }));
  fc.assert(
    fc.property(block, fc.integer({ min: 0, max: 2 ** 31 }), (channels, index) => {
      const count = channels[0]!.length;
      const stream: FlacStream = {
        rate: 8000,
        channels: channels.length,
        blockSize: count,
        samples: (index + 1) * count,
        md5: new Uint8Array(16),
      };
      const bytes = encodeFlacFrame(channels, 8000, index);
      const frame = decodeFlacFrame(bytes, 0, stream);
      expect(frame.index).toBe(index);
      expect(frame.end).toBe(bytes.length);
      expect(frame.channels).toEqual(channels);
      expect(bytes.length).toBeLessThanOrEqual(32 + channels.length * (count * 2 + 8));
    }),
    { numRuns: 300 },
  );
});

test('a header says what it was made of', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 36 - 1 }),
      fc.integer({ min: 1, max: 8 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      (samples, channels, md5) => {
        const stream = { rate: 8000, channels, samples, blockSize: 4096, md5 };
        expect(parseFlacHeader(formatFlacHeader(stream))).toEqual(stream);
      },
    ),
  );
});

test('a flipped bit is refused or, in the header of the file alone, shows; bytes of anybody never break the reader', async () => {
  const bytes = flacOf([Int16Array.from({ length: 900 }, (_, i) => (i * 37) % 4000), new Int16Array(900)], 256);
  const whole = await samplesOf(bytes, 0, 900);
  for (let at = 42; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    await expect(samplesOf(changed, 0, 900), `byte ${at}`).rejects.toThrow(IvrError);
  }
  expect(whole[0]).toHaveLength(900);
  await assertProperty(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (tail) => {
      const thrown = await samplesOf(Buffer.concat([bytes.subarray(0, 42), tail]), 0, 900).catch(
        (error: unknown) => error,
      );
      expect(thrown).toBeInstanceOf(IvrError);
    }),
  );
});

test('any stretch is found without a table, in a few reads', async () => {
  const length = 8000 * 120;
  const noise = (seed: number) =>
    Int16Array.from(
      { length },
      (_, i) => MULAW_TO_LINEAR[(Math.imul(i + seed, 2_654_435_761) >>> (i % 40_000 < 20_000 ? 29 : 24)) & 255] ?? 0,
    );
  const channels = [noise(1), noise(2)];
  const bytes = flacOf(channels);
  for (const from of [0, 1, 4095, 4096, 300_000, 654_321, length - 5000, length - 1]) {
    const source = sourceOf(bytes);
    const reader = await openFlac(source);
    let first: readonly Int16Array[] = [];
    for await (const block of reader.read(from, from + 100)) {
      first = block;
      break;
    }
    const count = first[0]!.length;
    expect(count).toBeGreaterThan(0);
    expect(first.map((one) => [...one])).toEqual(channels.map((one) => [...one.subarray(from, from + count)]));
    expect(source.reads).toBeLessThan(12);
  }
  expect(await samplesOf(bytes, 123_456, 200_000)).toEqual(channels.map((one) => one.slice(123_456, 200_000)));
  expect(await samplesOf(bytes, length, length + 10)).toEqual([new Int16Array(0), new Int16Array(0)]);
});

test.skipIf(!hasPeer('flac'))('flac itself tests it, and decodes the same samples', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-flac-'));
  try {
    const left = Int16Array.from({ length: 20_001 }, (_, i) => MULAW_TO_LINEAR[(i * i) & 255] ?? 0);
    const right = Int16Array.from({ length: 20_001 }, (_, i) => Math.round(9000 * Math.sin(i / 20)) & ~7);
    for (const [name, channels] of Object.entries({
      stereo: [left, right],
      mono: [right],
      silence: [new Int16Array(5000)],
      loud: [Int16Array.from({ length: 9000 }, (_, i) => (i % 2 === 0 ? 32_767 : -32_768))],
    })) {
      const file = join(folder, `${name}.flac`);
      await writeFile(file, flacOf(channels));
      const tested = spawnSync('flac', ['-t', '--silent', file], { encoding: 'utf8' });
      expect([name, tested.status, tested.stderr]).toEqual([name, 0, '']);
      spawnSync('flac', ['-d', '-f', '--silent', file, '-o', `${file}.wav`]);
      expect(parseWav(await readFile(`${file}.wav`)).samples).toEqual(channels);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
