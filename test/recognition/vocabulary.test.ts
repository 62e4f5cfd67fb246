import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Vocabulary } from '../../src/speech/engines/whisper/vocabulary.ts';
import { vocabulary } from './vocabulary.ts';

test('any text survives its tokens', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const tokens = vocabulary.encode(text);
      expect(tokens.every((token) => token >= 0 && token < vocabulary.size)).toBe(true);
      expect(tokens.map((token) => vocabulary.bytesOf(token)).join('')).toBe(Buffer.from(text).toString('latin1'));
    }),
  );
});

describe('canonical tokens', () => {
  test.each([
    [' What is my balance?', [' What', ' is', ' my', ' balance', '?']],
    [" I've lost it", [' I', "'ve", ' lost', ' it']],
    [' 2020', [' 2020']],
  ])('%s', (text, pieces) => {
    expect(vocabulary.encode(text).map((token) => vocabulary.bytesOf(token))).toEqual(pieces);
  });
});

test('traditional characters are written in simplified ones', () => {
  expect(vocabulary.decode(vocabulary.encode('請問賬戶餘額'))).toBe('请问账户余额');
});

test('control tokens write nothing and are never free to be chosen', () => {
  for (const name of ['sot', 'en', 'zh', 'transcribe', 'startofprev', 'notimestamps'] as const) {
    expect(vocabulary.decode([vocabulary.special(name)])).toBe('');
    expect(vocabulary.suppressed[vocabulary.special(name)]).toBe(1);
  }
  expect(vocabulary.suppressed[vocabulary.end]).toBe(0);
});

test('a table of another form is refused by name', () => {
  expect(() => new Vocabulary('{"tokens":[]}')).toThrow(expect.objectContaining({ code: 'MODEL_ALTERED' }));
});
