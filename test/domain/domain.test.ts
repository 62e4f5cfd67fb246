import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import { isUuid, newContactId, uuidV7 } from '../../src/domain/ids.ts';
import { maskNumber, Secret } from '../../src/domain/secret.ts';

describe('Secret', () => {
  test('shows its length alone, whichever way it is looked at', () => {
    const secret = new Secret('2468');
    const error = new IvrError('INTERNAL', `with ${secret}`, {}, secret);
    for (const text of [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9, showHidden: true }),
      inspect(error),
      JSON.stringify(Object.entries(secret)),
    ])
      expect(text).not.toContain('2468');
    expect(JSON.stringify(secret)).toBe('{"secret":4}');
    expect(secret.reveal()).toBe('2468');
  });

  test('cannot slip through a structured clone', () => {
    expect(JSON.stringify(structuredClone(new Secret('2468')))).not.toContain('2468');
  });
});

test.each([
  ['+15550104567', '+*******4567'],
  ['1234', '**34'],
  ['12', '**'],
  ['', ''],
  ['bank', 'bank'],
  ['+1 (555) 010-4567', '+* (***) ***-4567'],
])('maskNumber(%j) is %j', (number, masked) => {
  expect(maskNumber(number)).toBe(masked);
});

test('a masked number never shows more than four digits, nor more than half of them', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\+?\d{0,20}$/), (number) => {
      const shown = maskNumber(number).replace(/\D/g, '').length;
      expect(shown).toBeLessThanOrEqual(4);
      expect(shown).toBeLessThanOrEqual(Math.ceil(number.replace(/\D/g, '').length / 2));
    }),
  );
});

test('version 7 ids sort by time and carry version and variant (RFC 9562)', () => {
  const [early, late] = [uuidV7(1_000), uuidV7(2_000)];
  expect(early < late).toBe(true);
  expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(isUuid(newContactId(Date.now()))).toBe(true);
  expect(isUuid('../../etc/passwd')).toBe(false);
});
