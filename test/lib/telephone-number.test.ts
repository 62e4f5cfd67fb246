import fc from 'fast-check';
import { expect, test } from 'vitest';
import { e164Digits } from '../../src/lib/telephone-number.ts';

test.each([
  [
    '86',
    '8613800138000',
    ['13800138000', '+86 138 0013 8000', '0086-138-0013-8000', '8613800138000', '＋86 138 0013 8000'],
  ],
  [
    '86',
    '8613800138000',
    ['sip:+8613800138000@carrier.example', 'tel:+86-138-0013-8000;phone-context=x', '013800138000'],
  ],
  ['86', '861058888888', ['010-5888 8888', '+86 10 5888 8888', '(010) 58888888', '86 10 58888888']],
  ['86', '8695566', ['95566', '+86 95566', '+8695566']],
  ['86', '442071234567', ['+44 20 7123 4567', '0044 20 7123 4567']],
  ['1', '12125551234', ['212-555-1234', '(212) 555-1234', '1 212 555 1234', '+1 212 555 1234']],
  ['1', '8613800138000', ['011 86 138 0013 8000', '+86 138 0013 8000', '0086 138 0013 8000']],
  ['44', '442071234567', ['020 7123 4567', '+44 20 7123 4567', '442071234567']],
  ['39', '390612345678', ['06 1234 5678', '+39 06 1234 5678']],
  ['852', '85221234567', ['2123 4567', '+852 2123 4567', '85221234567']],
  ['65', '6561234567', ['6123 4567', '+65 6123 4567', '6561234567']],
])('in +%s, %s is one number in each of its forms', (country, digits, forms) => {
  for (const form of forms) expect(e164Digits(form, country), form).toBe(digits);
});

test('a number that was withheld has no digits', () => {
  for (const text of ['anonymous', 'sip:anonymous@anonymous.invalid', '', '+', 'tel:'])
    expect(e164Digits(text, '86'), text).toBeNull();
});

test('every Chinese mobile number is found in whatever form it was signalled, and no other', () => {
  const mobile = fc.integer({ min: 13_000_000_000, max: 19_999_999_999 });
  fc.assert(
    fc.property(mobile, mobile, (one, two) => {
      const forms = [`${one}`, `+86${one}`, `0086${one}`, `86${one}`, `sip:+86${one}@x`, `sip:${one}@10.0.0.1:5060`];
      expect(new Set(forms.map((form) => e164Digits(form, '86')))).toEqual(new Set([`86${one}`]));
      if (one !== two) expect(e164Digits(`${two}`, '86')).not.toBe(`86${one}`);
    }),
  );
});
