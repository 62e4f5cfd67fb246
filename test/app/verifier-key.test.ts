import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatVerifierKey, parseVerifierKey } from '../../src/app/verifier-key.ts';
import { assertProperty } from '../support/assert-property.ts';

test('a verifier key is read back as it was written, for its own use alone; a mistyped one is none', async () => {
  const name = fc.string({ minLength: 1, unit: fc.constantFrom('a', 'z', '.', '/', '-', '0') });
  await assertProperty(
    fc.asyncProperty(
      name,
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.constantFrom('log', 'witness'),
      fc.nat(200),
      async (name, raw, use, at) => {
        const text = await formatVerifierKey({ name, raw }, use);
        expect(await parseVerifierKey(`${text}\n`, use)).toEqual({ name, raw });
        expect(await parseVerifierKey(text, use === 'log' ? 'witness' : 'log')).toBeUndefined();
        const place = at % text.length;
        const mistyped = text.slice(0, place) + (text[place] === 'A' ? 'B' : 'A') + text.slice(place + 1);
        expect(await parseVerifierKey(mistyped, use)).toBeUndefined();
      },
    ),
  );
});

test('the form is that of C2SP signed-note: the example of its text', async () => {
  const key = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  const parsed = await parseVerifierKey(key, 'log');
  expect(parsed?.name).toBe('PeterNeumann');
  expect(await formatVerifierKey(parsed!, 'log')).toBe(key);
});
