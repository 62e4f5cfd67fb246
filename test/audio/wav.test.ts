import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALAW_SILENCE } from '../../src/audio/g711.ts';
import { formatWav, formatWavHeader, parseWav } from '../../src/audio/wav.ts';
import { IvrError } from '../../src/domain/error.ts';

const samplesArb = fc
  .array(fc.integer({ min: -32768, max: 32767 }), { maxLength: 50 })
  .map((list) => Int16Array.from(list));

test('what is written is read', () => {
  fc.assert(
    fc.property(fc.constantFrom(8000, 16_000, 44_100), samplesArb, (rate, samples) => {
      const other = samples.map((sample) => -sample);
      expect(parseWav(formatWav(rate, [samples, other]))).toEqual({
        format: 'pcm16',
        rate,
        channels: 2,
        samples: [samples, other],
      });
    }),
  );
});

test('G.711 with its longer header, odd length, after chunks that nobody knows', () => {
  const header = formatWavHeader({ format: 'alaw', rate: 8000, channels: 1 }, 3);
  expect(header.length).toBe(58);
  const list = Uint8Array.of(0x4c, 0x49, 0x53, 0x54, 3, 0, 0, 0, 1, 2, 3, 0);
  const bytes = new Uint8Array([
    ...header.subarray(0, 12),
    ...list,
    ...header.subarray(12),
    ALAW_SILENCE,
    0x2a,
    0xaa,
    0,
  ]);
  const wav = parseWav(bytes);
  expect(wav).toMatchObject({ format: 'alaw', rate: 8000, channels: 1 });
  expect([...(wav.samples[0] ?? [])]).toEqual([8, -32_256, 32_256]);
});

test('a data chunk that claims more than there is ends with the file', () => {
  const whole = formatWav(8000, [Int16Array.of(1, 2, 3, 4)]);
  expect(parseWav(whole.subarray(0, whole.length - 3)).samples[0]).toEqual(Int16Array.of(1, 2));
});

test('anything else is AUDIO_MALFORMED and nothing but', () => {
  const whole = formatWav(8000, [Int16Array.of(1, 2, 3, 4)]);
  const broken = fc
    .tuple(fc.nat(whole.length), fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }))
    .map(([length, edits]) => {
      const bytes = whole.slice(0, length);
      for (const [at, value] of edits) if (at < length) bytes[at] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(broken, fc.uint8Array({ maxLength: 80 })), (bytes) => {
      try {
        const wav = parseWav(bytes);
        expect(wav.samples.length).toBe(wav.channels);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(IvrError);
        expect(thrown).toMatchObject({ code: 'AUDIO_MALFORMED' });
      }
    }),
    { numRuns: 500 },
  );
});
