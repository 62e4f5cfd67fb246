import fc from 'fast-check';
import { expect, test } from 'vitest';
import { userToUser, withUserToUser } from '../../src/domain/user-to-user.ts';

test.each([
  ['56a390f3d2b7310023a2;encoding=hex', '56a390f3d2b7310023a2;encoding=hex'],
  ['56a390f3 ; encoding = hex ; purpose=isdn-uui', '56a390f3;encoding=hex;purpose=isdn-uui'],
  ['"a, b; c";encoding=text, 04', '"a, b; c";encoding=text, 04'],
  [undefined, undefined],
  ['', undefined],
  ['a\r\nX-Evil: 1', undefined],
  ['<script>', undefined],
  ['a'.repeat(513), undefined],
  ['a,b,c,d,e', undefined],
  ['"unended', undefined],
])('%j is passed on as %j', (header, expected) => {
  expect(userToUser(header)).toBe(expected);
});

test('what is passed on is passed on again as it is, in one line of plain text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (header) => {
      const passed = userToUser(header);
      if (passed === undefined) return;
      expect(passed).toMatch(/^[\x20-\x7e]+$/);
      expect(userToUser(passed)).toBe(passed);
    }),
  );
});

test('a referred call carries it in the URI', () => {
  expect(withUserToUser('sip:a@b', '04;encoding=hex')).toBe('sip:a@b?User-to-User=04%3Bencoding%3Dhex');
  expect(withUserToUser('sip:a@b?X=1', '04')).toBe('sip:a@b?X=1&User-to-User=04');
  expect(withUserToUser('sip:a@b', undefined)).toBe('sip:a@b');
});
