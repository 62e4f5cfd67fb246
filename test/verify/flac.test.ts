import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fromBase64, Malformed, toBase64 } from '../../src/verify/bytes.ts';
import { openFlac } from '../../src/verify/flac.ts';
import { flacOf } from '../support/archive/bundle-source.ts';

const hasFlac = spawnSync('flac', ['--version']).error === undefined;

/** Interleaved, 16-bit little-endian. */
function pcmOf(flac: Uint8Array): Buffer {
  const { blocks, channels } = openFlac(flac);
  const pieces: Buffer[] = [];
  for (const block of blocks()) {
    const count = block[0]?.length ?? 0;
    const piece = Buffer.alloc(count * channels * 2);
    for (let n = 0; n < count; n++)
      for (let channel = 0; channel < channels; channel++)
        piece.writeInt16LE(block[channel]?.[n] ?? 0, (n * channels + channel) * 2);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Speech-like: correlated channels, silence, extremes, and values with wasted bits. */
function samples(): Buffer {
  const bytes = Buffer.alloc(20_000 * 4);
  let noise = 1;
  for (let n = 0; n < 20_000; n++) {
    noise = (noise * 1_103_515_245 + 12_345) % 2_147_483_648;
    const loud = Math.round(20_000 * Math.sin(n / 9) + (noise % 2_000));
    const left = n < 2_000 ? 0 : n < 4_000 ? (n % 2 === 0 ? 32_767 : -32_768) : n < 8_000 ? (loud >> 6) << 4 : loud;
    const right = n < 12_000 ? Math.trunc(left * 0.9) : (noise % 65_536) - 32_768;
    bytes.writeInt16LE(Math.max(-32_768, Math.min(32_767, left)), n * 4);
    bytes.writeInt16LE(Math.max(-32_768, Math.min(32_767, right)), n * 4 + 2);
  }
  return bytes;
}

describe.skipIf(!hasFlac)('what the reference encoder writes is decoded bit for bit', () => {
  test.each([['-0'], ['-5'], ['-8'], ['-8', '-e', '-p'], ['-3', '-b', '200'], ['--lax', '-l', '32', '-r', '8']])(
    'flac %s',
    async (...options) => {
      const folder = await mkdtemp(join(tmpdir(), 'tellerline-flac-'));
      try {
        const pcm = samples();
        await writeFile(join(folder, 'pcm.raw'), pcm);
        const format = [
          '--force-raw-format',
          '--endian=little',
          '--sign=signed',
          '--channels=2',
          '--bps=16',
          '--sample-rate=8000',
        ];
        const { status, stderr } = spawnSync(
          'flac',
          ['-f', '-s', ...options, ...format, '-o', join(folder, 'a.flac'), join(folder, 'pcm.raw')],
          { encoding: 'utf8' },
        );
        expect(stderr).toBe('');
        expect(status).toBe(0);
        expect(pcmOf(await readFile(join(folder, 'a.flac'))).equals(pcm)).toBe(true);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});

test('a file that is cut or changed ends in Malformed, or decodes: never in anything else', () => {
  const sound = flacOf(0.6);
  for (let at = 0; at < sound.length; at += 29) {
    const changed = Uint8Array.from(sound);
    changed[at]! ^= 1 << (at % 8);
    for (const file of [changed, sound.subarray(0, at)])
      try {
        for (const block of openFlac(file).blocks()) expect(block.length).toBeGreaterThan(0);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Malformed);
      }
  }
});

test('base64 is that of Node, of any length, and as long as an hour of audio', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = randomBytes(length);
    expect(toBase64(bytes)).toBe(bytes.toString('base64'));
    expect(Buffer.from(fromBase64(toBase64(bytes))).equals(bytes)).toBe(true);
  }
  const text = Buffer.alloc(12_000_000, 7).toString('base64');
  expect(toBase64(fromBase64(text)) === text).toBe(true);
});
