import { describe, expect, test } from 'vitest';
import { fromBase64, Malformed, toHex } from '../../src/verify/bytes.ts';
import { noteKeyId, parseNote, parseSignature, parseTreeHead, signedByLog } from '../../src/verify/note.ts';

/* The note and the key that C2SP signed-note gives as its example. */
const EXAMPLE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;
const VKEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const [name = '', keyId = '', key = ''] = VKEY.split('+');
const raw = fromBase64(key).slice(1);

test('the example of C2SP signed-note verifies, with the key id that it gives', async () => {
  expect(toHex(await noteKeyId({ name, raw }))).toBe(keyId);
  const note = parseNote(EXAMPLE);
  expect(note.text).toBe('This is an example message.\n');
  expect(await signedByLog(note, { name, raw })).toBe(true);
  expect(await signedByLog(parseNote(EXAMPLE.replace('example message', 'exemple message')), { name, raw })).toBe(
    false,
  );
});

describe('base64 has one form', () => {
  test.each(['AAE', 'AAE=\n', 'AA-_', 'AAF=', 'AB==', 'A===', '====', ' AAE='])('%j is refused', (text) => {
    expect(() => fromBase64(text)).toThrow(Malformed);
  });
  test.each(['', 'AA==', 'AAE=', 'AAEC', '+/+/'])('%j is taken', (text) => {
    expect(fromBase64(text)).toBeInstanceOf(Uint8Array);
  });
});

describe('malformed', () => {
  test.each(['', '\n\n', 'text\n', 'text\n\nno dash x\n', 'text\n\n— a AA==\n', 'text\n\n— a b c\n'])(
    'note %j',
    (note) => {
      expect(() => parseNote(note)).toThrow(Malformed);
    },
  );
  test.each([
    'o\n1\n',
    'o\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n',
    'o\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n',
    'o\n1\nAAAA\n',
    '\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n',
    'o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore\n',
    'o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  ])('checkpoint %j', (text) => {
    expect(() => parseTreeHead(text)).toThrow(Malformed);
  });
  test('a signature of a name with a plus', () => {
    expect(() => parseSignature('— a+b AAAAAAAA')).toThrow(Malformed);
  });
});
