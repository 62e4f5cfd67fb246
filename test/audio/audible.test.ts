import { expect, test } from 'vitest';
import { audibleIn, isAudible } from '../../src/audio/audible.ts';
import { codecOf, PCMU } from '../../src/audio/codecs.ts';
import { FrameDecoder, FrameEncoder } from '../../src/audio/frame-codec.ts';
import type { Codec } from '../../src/domain/codec.ts';

const PCMA = codecOf('PCMA');
const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
const decoded = (octets: Uint8Array, codec: Codec): Int16Array => new FrameDecoder(codec).decode(octets).samples;

function transcoded(octets: Uint8Array, from: Codec, to: Codec): Uint8Array {
  const into = new Uint8Array(octets.length);
  new FrameEncoder(to).encode(new FrameDecoder(from).decode(octets), into);
  return into;
}

test('a quiet line is inaudible in either law, also when its last bit flickers and when it was transcoded', () => {
  const quietA = Uint8Array.of(0xd5, 0x55, 0xd4, 0x54);
  const quietMu = Uint8Array.of(0xff, 0x7f, 0xfe, 0x7e);
  expect(audibleIn(decoded(quietA, PCMA))).toBe(0);
  expect(audibleIn(decoded(quietMu, PCMU))).toBe(0);
  expect(audibleIn(decoded(transcoded(quietA, PCMA, PCMU), PCMU))).toBe(0);
  expect(audibleIn(decoded(transcoded(quietMu, PCMU, PCMA), PCMA))).toBe(0);
});

test('a code is audible exactly when its linear value is, and the soft beginning of speech is', () => {
  for (const codec of [PCMU, PCMA])
    for (const sample of decoded(codes, codec))
      expect(audibleIn(Int16Array.of(sample))).toBe(isAudible(sample) ? 1 : 0);
  // −55 dBFS
  expect([isAudible(58), isAudible(-58), isAudible(32), isAudible(-32)]).toEqual([true, true, false, false]);
});
