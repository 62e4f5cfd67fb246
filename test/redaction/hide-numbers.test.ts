import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findIdentityNumbers, hideNumbers, withoutNumbers } from '../../src/redaction/hide-numbers.ts';
import { turnId, newContactId } from '../../src/domain/ids.ts';

/** Of the first 17 digits, by ISO 7064 MOD 11-2. */
const withCheck = (body: string): string =>
  body + '10X98765432'[Array.from(body).reduce((sum, digit, n) => sum + Number(digit) * (2 ** (17 - n) % 11), 0) % 11];

test.each([
  ['my card is 4111 1111 1111 1111, thank you', 'my card is [card number], thank you'],
  ['卡号六二二二零二一二三四五六七八九零一二八谢谢', '卡号[card number]谢谢'],
  ['my number is 11010519491231002X', 'my number is [identity number]'],
  ['一一零一零五一九四九一二三一零零二X', '[identity number]'],
  ['call 95588 on 2026-03-01, account 12345678', 'call 95588 on 2026-03-01, account 12345678'],
  ['4111111111111112', '4111111111111112'],
])('%s', (said, kept) => {
  expect(hideNumbers(said)).toBe(kept);
  expect(hideNumbers(kept)).toBe(kept);
});

test('every identity number is found, written or in groups; one with a wrong digit is none', () => {
  const birth = fc.tuple(
    fc.integer({ min: 1900, max: 2026 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
  );
  const two = (n: number): string => String(n).padStart(2, '0');
  fc.assert(
    fc.property(
      fc.integer({ min: 100_000, max: 999_999 }),
      birth,
      fc.integer({ min: 100, max: 999 }),
      fc.nat(9),
      (place, [year, month, day], order, other) => {
        const number = withCheck(`${place}${year}${two(month)}${two(day)}${order}`);
        expect(findIdentityNumbers(`it is ${number}.`)).toHaveLength(1);
        const groups = [number.slice(0, 6), number.slice(6, 14), number.slice(14)].join(' ');
        if (!number.endsWith('X')) expect(findIdentityNumbers(groups)).toHaveLength(1);
        const wrong = `${number.slice(0, 14)}${(Number(number[14]) + 1 + (other % 9)) % 10}${number.slice(15)}`;
        if (wrong !== number) expect(findIdentityNumbers(`it is ${wrong}.`)).toEqual([]);
      },
    ),
  );
});

test('facts go into the journal without them', () => {
  const turn = turnId(newContactId(1), 1);
  expect(
    withoutNumbers({ type: 'slot-filled', turn, slot: 'card', value: '4111111111111111', by: 'keys' } as never),
  ).toMatchObject({
    value: '[card number]',
  });
  const hangUp = { type: 'call-ended', because: 'caller-hung-up', duration_ms: 1 } as const;
  expect(withoutNumbers(hangUp)).toBe(hangUp);
});
