import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toldLanguage } from '../../src/speech/engines/whisper/told-language.ts';

test.each([
  // log p(zh) - log p(en) and seconds as they were measured
  ['a word of Mandarin, faint', 0.2, 0.45, 'zh'],
  ['a word of Mandarin, as usual', 5.3, 0.6, 'zh'],
  ['two words of Mandarin', 3.2, 0.85, 'zh'],
  ['a Mandarin sentence', 6.2, 2.5, 'zh'],
  ['"no thank you"', -2.5, 0.78, 'en'],
  ['"followed by the pound key"', 0.5, 1.32, 'en'],
  ['an English sentence, as Mandarin as any', 3.4, 2.4, 'en'],
] as const)('in a Mandarin question %s is what it is', (_what, mandarin, seconds, language) => {
  expect(toldLanguage(mandarin, 'zh', seconds)).toBe(language);
});

test('a clear sentence of the other language is never taken for the question’s own', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -15, max: 3.4, noNaN: true }),
      fc.double({ min: 2, max: 27, noNaN: true }),
      (mandarin, seconds) =>
        toldLanguage(mandarin, 'zh', seconds) === 'en' && toldLanguage(mandarin, 'en', seconds) === 'en',
    ),
  );
  fc.assert(
    fc.property(
      fc.double({ min: 6.2, max: 15, noNaN: true }),
      fc.double({ min: 0.4, max: 27, noNaN: true }),
      (mandarin, seconds) =>
        toldLanguage(mandarin, 'zh', seconds) === 'zh' && toldLanguage(mandarin, 'en', seconds) === 'zh',
    ),
  );
});

test('of a moment nobody can tell, and the question decides', () => {
  expect([toldLanguage(-9, 'zh', 0.3), toldLanguage(9, 'en', 0.3)]).toEqual(['zh', 'en']);
});

test('the longer the speech, the more it has to sound like Mandarin', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -15, max: 15, noNaN: true }),
      fc.double({ min: 0.4, max: 5, noNaN: true }),
      fc.double({ min: 0, max: 5, noNaN: true }),
      (mandarin, seconds, more) =>
        toldLanguage(mandarin, 'zh', seconds + more) === 'en' || toldLanguage(mandarin, 'zh', seconds) === 'zh',
    ),
  );
});
