import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codecOf } from '../../src/audio/codecs.ts';
import { shareAt } from '../../src/audio/goertzel.ts';
import { OPUS_RATE, opusMs } from '../../src/audio/opus.ts';
import { tone } from '../../src/audio/tone.ts';

const opus = codecOf('opus');
const FRAME = 320;
const sound = (hz: number): Int16Array => tone([hz], OPUS_RATE, { rate: OPUS_RATE });

function encoded(samples: Int16Array, parameters?: string): Uint8Array[] {
  const encode = opus.encode(parameters);
  const room = new Uint8Array(1_400);
  const packets: Uint8Array[] = [];
  for (let at = 0; at + FRAME <= samples.length; at += FRAME)
    packets.push(room.slice(0, encode(samples.subarray(at, at + FRAME), FRAME, room)));
  encode.close?.();
  return packets;
}

function decoded(packets: readonly Uint8Array[]): Int16Array {
  const decode = opus.decode();
  const out = new Int16Array(packets.length * FRAME);
  for (const [n, packet] of packets.entries()) decode(packet, out.subarray(n * FRAME));
  decode.close?.();
  return out;
}

test('what goes in comes out', () => {
  const packets = encoded(sound(1_000));
  expect(packets.every((packet) => opusMs(packet, 0, packet.length) === 20)).toBe(true);
  const heard = decoded(packets).filter((_, i) => i % 2 === 0); // 8 kHz is enough to find it
  expect(shareAt(heard.subarray(4_000), 1_000)).toBeGreaterThan(0.95);
});

test('streams side by side do not touch each other', () => {
  const alone = [400, 700, 1_300].map((hz) => encoded(sound(hz)));
  const streams = [400, 700, 1_300].map((hz) => ({
    encode: opus.encode(),
    samples: sound(hz),
    packets: [] as Uint8Array[],
  }));
  const room = new Uint8Array(1_400);
  for (let at = 0; at + FRAME <= OPUS_RATE; at += FRAME)
    for (const { encode, samples, packets } of streams)
      packets.push(room.slice(0, encode(samples.subarray(at, at + FRAME), FRAME, room)));
  expect(streams.map(({ packets }) => packets)).toEqual(alone);
  for (const { encode } of streams) encode.close?.();
  const apart = alone.map(decoded);
  const decoders = alone.map(() => opus.decode());
  const together = alone.map(() => new Int16Array(OPUS_RATE));
  for (let n = 0; n < OPUS_RATE / FRAME; n++)
    for (const [i, decode] of decoders.entries())
      decode(alone[i]?.[n] ?? new Uint8Array(0), together[i]?.subarray(n * FRAME) ?? new Int16Array(FRAME));
  expect(together).toEqual(apart);
  for (const decode of decoders) decode.close?.();
});

test('a call gives back what it took: two thousand of them stay within the memory of a few', () => {
  const before = process.memoryUsage().external;
  for (let n = 0; n < 2_000; n++) for (const one of [opus.encode(), opus.decode()]) one.close?.();
  expect(process.memoryUsage().external - before).toBeLessThan(16_000_000);
});

describe('the far end says what it would like to get (RFC 7587 section 6.1)', () => {
  const octets = (parameters?: string): number =>
    encoded(sound(600), parameters).reduce((sum, packet) => sum + packet.length, 0);

  test('maxaveragebitrate is obeyed, and never exceeded by us', () => {
    expect(octets('maxaveragebitrate=8000')).toBeLessThan(1_300);
    expect(octets('maxaveragebitrate=510000')).toBeLessThan(4_000);
  });

  test('cbr makes packets of one length', () => {
    const lengths = encoded(sound(600), 'maxplaybackrate=16000; cbr=1;useinbandfec=1').map(({ length }) => length);
    expect(new Set(lengths).size).toBe(1);
  });
});

test.each([
  ['SILK, 20 ms', [0x08], 20],
  ['SILK, 60 ms', [0x18], 60],
  ['hybrid, 10 ms', [0x60], 10],
  ['CELT, 2.5 ms', [0x80], 2.5],
  ['two of 20 ms', [0x09, 0], 40],
  ['six of 20 ms', [0x0b, 6], 120],
  ['seven of 20 ms: too long', [0x0b, 7], 0],
  ['as many as it does not say', [0x0b], 0],
  ['nothing', [], 0],
])('the duration of a packet by its first octets: %s', (_, bytes, ms) => {
  expect(opusMs(Uint8Array.from(bytes), 0, bytes.length)).toBe(ms);
});

test('whatever comes sounds like something as long as it says, and nothing throws', () => {
  const decode = opus.decode();
  const room = new Int16Array(OPUS_RATE / 5);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(decode(bytes, room)).toBe(opusMs(bytes, 0, bytes.length) * 16);
    }),
  );
  decode.close?.();
});
