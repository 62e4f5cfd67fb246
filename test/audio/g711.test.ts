import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import {
  ALAW_TO_LINEAR,
  decodeAlaw,
  decodeMulaw,
  encodeAlaw,
  encodeMulaw,
  LINEAR_TO_ALAW,
  LINEAR_TO_MULAW,
  MULAW_TO_LINEAR,
  silenceOf,
} from '../../src/audio/g711.ts';

const LAWS = [
  { law: 'mu-law', bits: 14, decode: decodeMulaw, encode: encodeMulaw },
  { law: 'a-law', bits: 13, decode: decodeAlaw, encode: encodeAlaw },
] as const;

const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
const bytesOf = (samples: Int16Array): Uint8Array =>
  new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
const linear = ['-t', 'raw', '-e', 'signed', '-b', '16', '-L'];
const raw = (law: string): string[] => ['-t', 'raw', '-e', law, '-b', '8'];
const shape = ['-r', '8000', '-c', '1'];

/** @returns undefined when sox is not installed */
function sox(from: readonly string[], to: readonly string[], input: Uint8Array): Uint8Array | undefined {
  const { error, stdout } = spawnSync('sox', ['-D', '-V1', ...from, ...shape, '-', ...to, ...shape, '-'], { input });
  return error === undefined ? Uint8Array.from(stdout) : undefined;
}

for (const { law, bits, decode, encode } of LAWS) {
  test(`${law}: all 256 codes decode as sox decodes them`, (context) => {
    const golden = sox(raw(law), linear, codes);
    if (golden === undefined) return context.skip('sox is not installed');
    expect(bytesOf(decode(codes))).toEqual(golden);
  });

  test(`${law}: every sample of the ${bits} bits that it knows encodes as sox encodes it`, (context) => {
    // what becomes of the bits below those is everyone's own affair
    const step = 2 ** (16 - bits);
    const samples = Int16Array.from({ length: 65536 / step }, (_, i) => i * step - 32768);
    const golden = sox(linear, raw(law), bytesOf(samples));
    if (golden === undefined) return context.skip('sox is not installed');
    expect(encode(samples)).toEqual(golden);
  });

  test(`${law}: a code survives decoding and encoding, negative zero apart`, () => {
    const again = encode(decode(codes));
    for (const code of codes) if (!(law === 'mu-law' && code === 0x7f)) expect(again[code]).toBe(code);
  });

  test(`${law}: louder never encodes as softer, and the error is at most half the wider step`, () => {
    const heard = decode(encode(Int16Array.from({ length: 65536 }, (_, i) => i - 32768)));
    const values = [...new Set(decode(codes))].sort((a, b) => a - b);
    const steps = new Map(
      values.map((value, i) => [value, Math.max(value - (values[i - 1] ?? value), (values[i + 1] ?? value) - value)]),
    );
    const wrong: number[] = [];
    for (let i = 1; i < 65536; i++) {
      const sample = i - 32768;
      const value = heard[i] ?? 0;
      if (value < (heard[i - 1] ?? 0)) wrong.push(sample);
      if (Math.abs(sample) < 32_635 && Math.abs(value - sample) > (steps.get(value) ?? 0) / 2) wrong.push(sample);
    }
    expect(wrong).toEqual([]);
  });
}

test('the tables are symmetrical, and silence is silence', () => {
  for (let sample = 1; sample < 32768; sample += 7) {
    expect(LINEAR_TO_MULAW[-sample & 0xffff]).toBe((LINEAR_TO_MULAW[sample] ?? 0) ^ 0x80);
    expect(LINEAR_TO_ALAW[(-sample - 1) & 0xffff]).toBe((LINEAR_TO_ALAW[sample] ?? 0) ^ 0x80);
  }
  expect(MULAW_TO_LINEAR[silenceOf('PCMU')]).toBe(0);
  expect(ALAW_TO_LINEAR[silenceOf('PCMA')]).toBe(8);
  expect([Math.min(...MULAW_TO_LINEAR), Math.max(...MULAW_TO_LINEAR)]).toEqual([-32124, 32124]);
  expect([Math.min(...ALAW_TO_LINEAR), Math.max(...ALAW_TO_LINEAR)]).toEqual([-32256, 32256]);
});
