import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitsNumber, numberAsIn } from '../../src/lib/number-pattern.ts';

const SPELLINGS = ['13800138000', '+8613800138000', '008613800138000', '8613800138000', '013800138000'];

describe('one number in all its spellings', () => {
  test.each([
    ['13800138000'],
    ['+8613800138000'],
    ['008613800138000'],
    ['+86138*'],
    ['0086138*'],
    ['138*'],
    ['0138*'],
    ['*'],
  ])('fits %s', (pattern) => {
    for (const number of SPELLINGS) expect(fitsNumber(pattern, number, '86'), number).toBe(true);
  });

  test.each([['13900139000'], ['+86139*'], ['139*'], ['+1*'], ['00852*'], ['+8613800138001'], ['95588']])(
    'does not fit %s',
    (pattern) => {
      for (const number of SPELLINGS) expect(fitsNumber(pattern, number, '86'), number).toBe(false);
    },
  );

  test('is written as the pattern is, whose beginning a route takes off', () => {
    for (const number of SPELLINGS) {
      expect(numberAsIn('+86138*', number, '86')).toBe(number.startsWith('+') ? number : '+8613800138000');
      expect(numberAsIn('0086*', number, '86')).toBe('008613800138000');
      expect(numberAsIn('138*', number, '86')).toBe('13800138000');
      expect(numberAsIn('0138*', number, '86')).toBe('013800138000');
    }
  });
});

test('a premium number abroad is blocked however it is dialled', () => {
  for (const dialled of ['+449012345678', '00449012345678'])
    for (const pattern of ['+4490*', '004490*']) expect(fitsNumber(pattern, dialled, '86')).toBe(true);
  for (const dialled of ['+449012345678', '011449012345678', '00449012345678'])
    expect(fitsNumber('+4490*', dialled, '1')).toBe(true);
});

test('a beginning that says how a number is written, and not which, is compared as it is written', () => {
  expect(fitsNumber('0*', '01055550100', '86')).toBe(true);
  expect(fitsNumber('0*', '13800138000', '86')).toBe(false);
  expect(fitsNumber('+*', '13800138000', '86')).toBe(false);
  for (const pattern of ['+*', '00*']) {
    expect(fitsNumber(pattern, '+4930123456', '86')).toBe(true);
    expect(fitsNumber(pattern, '004930123456', '86')).toBe(true);
  }
});

test('names, and numbers with other signs, fit as they are written alone', () => {
  expect(fitsNumber('bank', 'bank', '86')).toBe(true);
  expect(fitsNumber('1*', 'anonymous', '86')).toBe(false);
  expect(fitsNumber('*', 'anonymous', '86')).toBe(true);
  expect(fitsNumber('8613*', '*8613', '86')).toBe(false);
});

test('numbers of two customers never fit each other', () => {
  const mobile = fc.integer({ min: 13_000_000_000, max: 19_999_999_999 }).map(String);
  const before = fc.constantFrom('', '+86', '0086', '86', '0');
  fc.assert(
    fc.property(mobile, mobile, before, before, (one, other, a, b) => {
      expect(fitsNumber(`${a}${one}`, `${b}${other}`, '86')).toBe(one === other);
    }),
  );
});
