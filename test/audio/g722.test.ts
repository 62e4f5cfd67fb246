import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { INAUDIBLE_UP_TO } from '../../src/audio/audible.ts';
import { codecOf } from '../../src/audio/codecs.ts';
import { FrameDecoder, FrameEncoder } from '../../src/audio/frame-codec.ts';
import { powerAt } from '../../src/audio/goertzel.ts';
import { tone } from '../../src/audio/tone.ts';
import { noise } from '../support/noise.ts';

const G722 = codecOf('G722');
const sha256 = (bytes: NodeJS.ArrayBufferView): string => createHash('sha256').update(bytes).digest('hex');

/** Four seconds at 16 kHz that take the quantisers through their range: a rising saw, loud and soft noise, clicks. */
function stimulus(): Int16Array {
  let state = 4711;
  return Int16Array.from({ length: 64_000 }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const random = (state >>> 16) - 32_768;
    const saw = ((i * (200 + (i >> 4))) % 65_536) - 32_768;
    if (i < 16_000) return saw >> 2;
    if (i < 32_000) return random >> 2;
    if (i < 48_000) return random >> 10;
    return i % 2_000 < 3 ? 12_000 : 0;
  });
}

test('octets and samples are bit by bit those of another implementation (spandsp 0.0.6, 64 kbit/s)', () => {
  const octets = new Uint8Array(32_000);
  const encode = G722.encode();
  const input = stimulus();
  // in frames, as in a call
  for (let at = 0; at < input.length; at += 320) encode(input.subarray(at, at + 320), 320, octets.subarray(at / 2));
  expect(sha256(octets)).toBe('97ded147940d6fc1180019ae7a84e1ac85df188decea2c20637b7fd1b95234e0');
  const heard = new Int16Array(64_000);
  const decode = G722.decode();
  for (let at = 0; at < octets.length; at += 160) decode(octets.subarray(at, at + 160), heard.subarray(2 * at));
  expect(sha256(heard)).toBe('bfee00e1c31f4683462ab6e23b5091bad8c16d84548d87856d964c200f930ede');
});

/** What comes out of a leg's edge and in again, 20 ms at a time. */
function there(samples: Int16Array): Int16Array {
  const [encoder, decoder] = [new FrameEncoder(G722), new FrameDecoder(G722)];
  const out: number[] = [];
  const payload = new Uint8Array(160);
  for (let at = 0; at < samples.length; at += 160) {
    const frame = { rate: 8_000, samples: samples.subarray(at, at + 160) } as const;
    expect(encoder.encode(frame, payload)).toBe(160);
    const heard = decoder.decode(payload);
    expect([heard.rate, heard.samples.length]).toEqual([8_000, 160]);
    out.push(...heard.samples);
  }
  return Int16Array.from(out);
}

test.each([300, 1_000, 2_000, 3_400])('%i Hz of the engine pass to packets and back within half a decibel', (hz) => {
  const sent = tone([hz], 8_000);
  const heard = there(sent);
  const [from, to] = [sent, heard].map((samples) => powerAt(samples.subarray(1_600, 7_200), hz));
  expect(Math.abs(10 * Math.log10((to ?? 0) / (from ?? 1)))).toBeLessThan(0.5);
});

test('what a recording has where nothing came is inaudible within 200 ms, whatever came before', () => {
  for (const seed of [1, 2, 3]) {
    const before = Uint8Array.from(noise(8_000, 20_000, seed), (sample) => sample & 0xff);
    const decoder = new FrameDecoder(G722);
    for (let at = 0; at < before.length; at += 160) decoder.decode(before.subarray(at, at + 160));
    const silence = new Uint8Array(160).fill(G722.silence);
    const frames = Array.from({ length: 50 }, () => decoder.decode(silence).samples.slice());
    for (const frame of frames.slice(10)) expect(Math.max(...frame.map(Math.abs))).toBeLessThanOrEqual(INAUDIBLE_UP_TO);
  }
});

test('any octets are sound: as many samples as they say, and a decoder goes on', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 1_600 }), { maxLength: 20 }), (packets) => {
      const decoder = new FrameDecoder(G722);
      for (const packet of packets)
        expect(Math.abs(decoder.decode(packet).samples.length - packet.length)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 30 },
  );
});
