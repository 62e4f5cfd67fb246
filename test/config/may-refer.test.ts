import { expect, test } from 'vitest';
import { mayReferTo } from '../../src/app/may-refer.ts';

const person = { uri: 'sip:agents@bank.example', method: 'bridge' as const };
const routing = { file: '' };

test.each([
  ['', 'sip:expert@bank.example', true],
  ['', 'sip:expert@BANK.example:5070', true],
  ['', 'sip:+882@elsewhere.example', false],
  ['', 'tel:+8610', false],
  ['10.0.0.0/8, branch.example', 'sip:expert@10.9.8.7', true],
  ['10.0.0.0/8, branch.example', 'sip:expert@branch.example', true],
  ['10.0.0.0/8, branch.example', 'sip:expert@192.0.2.1', false],
  ['', 'nonsense', false],
])('with %j a person may refer to %s: %s', (refer_to, uri, expected) => {
  expect(mayReferTo({ person: { ...person, refer_to }, routing })?.(uri)).toBe(expected);
});

test('off: to nobody; numbers where there are routes', () => {
  expect(mayReferTo({ person: { ...person, refer_to: 'off' }, routing })).toBeUndefined();
  expect(mayReferTo({ person: { ...person, refer_to: '' }, routing: { file: 'x' } })?.('tel:+8610')).toBe(true);
});
