import { expect, test } from 'vitest';
import { TokenAutomaton } from '../../src/speech/engines/whisper/token-automaton.ts';
import { writingLike } from '../../src/speech/engines/whisper/writing-like.ts';
import { trieOf } from './graphs.ts';
import { vocabulary } from './vocabulary.ts';

/** How a sentence is written by somebody who has written `free`. */
function written(sentence: string, free: string): string {
  const automaton = new TokenAutomaton(trieOf([sentence]), vocabulary, 'en');
  const tokens = writingLike(automaton, vocabulary.encode(free), vocabulary);
  return tokens === undefined ? 'none' : vocabulary.decode(tokens);
}

test.each([
  ['i lost my card', ' I lost my cart.', ' I lost my card.'],
  ['i lost my card', ' i lost my cart', ' i lost my card'],
  ['two hundred dollars please', ' $200 peas.', ' $200 please.'],
  ['yes please', ' Yes, please.', ' Yes, please.'],
])('%s, like "%s"', (sentence, free, like) => {
  expect(written(sentence, free)).toBe(like);
});

test('of nothing like it the sentence is written all the same', () => {
  expect(written('what is my balance', ' A zebra!').toLowerCase()).toContain('what is my balance');
  expect(written('what is my balance', '').toLowerCase()).toContain('what is my balance');
});
