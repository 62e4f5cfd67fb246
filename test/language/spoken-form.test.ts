import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spokenForm } from '../../src/language/en/spoken-form.ts';

test.each([
  ['What’s my Balance?', "what's my balance"],
  ['I paid £1,250.50 on the 3rd', 'i paid one thousand two hundred fifty point fifty pounds on the three'],
  ['Is 2.5% right & fair?', 'is two point five percent right and fair'],
  ["'quoted' words - and rock 'n' roll", 'quoted words and rock n roll'],
  ['ring 0044 or 12345678', 'ring zero zero four four or one two three four five six seven eight'],
  ['', ''],
])('%j is spoken as %j', (written, said) => {
  expect(spokenForm(written)).toBe(said);
});

test('whatever is written becomes words of a to z and apostrophes, and stays as it is then', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const said = spokenForm(text);
      expect(said).toMatch(/^(?:[a-z'](?:[a-z' ]*[a-z'])?)?$/);
      expect(spokenForm(said)).toBe(said);
    }),
  );
});
