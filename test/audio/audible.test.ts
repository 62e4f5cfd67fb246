import { expect, test } from 'vitest';
import { audibleIn, isAudible } from '../../src/audio/audible.ts';
import { ALAW_TO_LINEAR, ALAW_TO_MULAW, MULAW_TO_ALAW, MULAW_TO_LINEAR } from '../../src/audio/g711.ts';

const codes = Uint8Array.from({ length: 256 }, (_, code) => code);

test('a quiet line is inaudible in either law, also when its last bit flickers and when it was transcoded', () => {
  const quietA = Uint8Array.of(0xd5, 0x55, 0xd4, 0x54);
  const quietMu = Uint8Array.of(0xff, 0x7f, 0xfe, 0x7e);
  expect(audibleIn(quietA, 'PCMA')).toBe(0);
  expect(audibleIn(quietMu, 'PCMU')).toBe(0);
  expect(
    audibleIn(
      quietA.map((code) => ALAW_TO_MULAW[code] ?? 0),
      'PCMU',
    ),
  ).toBe(0);
  expect(
    audibleIn(
      quietMu.map((code) => MULAW_TO_ALAW[code] ?? 0),
      'PCMA',
    ),
  ).toBe(0);
});

test('a code is audible exactly when its linear value is, and the soft beginning of speech is', () => {
  for (const [codec, linear] of [
    ['PCMU', MULAW_TO_LINEAR],
    ['PCMA', ALAW_TO_LINEAR],
  ] as const)
    for (const code of codes) expect(audibleIn(Uint8Array.of(code), codec)).toBe(isAudible(linear[code] ?? 0) ? 1 : 0);
  // −55 dBFS
  expect([isAudible(58), isAudible(-58), isAudible(32), isAudible(-32)]).toEqual([true, true, false, false]);
});
