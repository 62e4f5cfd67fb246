import { expect, test } from 'vitest';
import { GrammarSearch } from '../../src/speech/engines/whisper/grammar-decoding.ts';
import { TokenAutomaton } from '../../src/speech/engines/whisper/token-automaton.ts';
import { trieOf } from './graphs.ts';
import { vocabulary } from './vocabulary.ts';

const automaton = new TokenAutomaton(trieOf(['yes', 'no']), vocabulary, 'en');
/** Log-probability of each token that begins a word, and of the end. */
const scores = (byWord: Readonly<Record<string, number>>): Float32Array => {
  const row = new Float32Array(vocabulary.size).fill(-20);
  for (const [word, score] of Object.entries(byWord))
    row[word === '' ? vocabulary.end : (vocabulary.encode(word)[0] ?? 0)] = score;
  return row;
};
const searchAbove = (above?: number): GrammarSearch =>
  new GrammarSearch(
    {
      automaton,
      beam: { first: 4, tokens: 2, later: 4 },
      order: { by: 'sum' },
      longest: 8,
      ...(above === undefined ? {} : { above }),
    },
    vocabulary,
  );
const first = scores({ ' yes': -1, ' no': -3 });

test('only what may be more probable than a known sentence is followed', () => {
  expect(searchAbove(-2).advance([first])).toEqual([{ row: 0, token: vocabulary.encode(' yes')[0] }]);
  expect(searchAbove(-0.5).advance([first])).toEqual([]);
  expect(
    searchAbove()
      .advance([first])
      .map(({ token }) => token),
  ).toContain(vocabulary.encode(' no')[0]);
});

test('what is found has its whole log-probability', () => {
  const search = searchAbove(-2.5);
  search.continued(search.advance([first]).map((_, row) => row));
  search.advance([scores({ '': -0.5 })]);
  expect(search.done.map(({ sum }) => sum)).toEqual([-1.5]);
});
