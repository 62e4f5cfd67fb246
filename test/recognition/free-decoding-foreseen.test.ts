import { expect, test } from 'vitest';
import { foreseenTokens } from '../../src/speech/engines/whisper/foreseen-tokens.ts';
import { writeFreely } from '../../src/speech/engines/whisper/free-decoding.ts';
import { TokenAutomaton } from '../../src/speech/engines/whisper/token-automaton.ts';
import type { WhisperModel } from '../../src/speech/engines/whisper/whisper-model.ts';
import { digitsOf, trieOf } from './graphs.ts';
import { vocabulary } from './vocabulary.ts';

const never = new AbortController().signal;
const REQUESTS = trieOf(['what is my balance', 'what is my limit', 'i lost my credit card', 'i lost my key']);
const requests = new TokenAutomaton(REQUESTS, vocabulary, 'en');
const foreseen = (text: string, automaton = requests): string =>
  vocabulary.decode(foreseenTokens(automaton, vocabulary.encode(text), vocabulary));

test.each([
  [' What', ''], // " is" or "'s"
  [' What is', ' my'],
  [' What is my', ''],
  [' I', ' lost my'],
  [' I lost my', ''],
  [' I lost my credit', ' card.'],
  [' I lost my credit card.', ''],
  [' I have lost', ''],
])('behind "%s" a grammar leaves no choice but "%s"', (written, following) => {
  expect(foreseen(written)).toBe(following);
});

test('no digit is foreseen', () => {
  const digits = new TokenAutomaton(digitsOf(4, 4), vocabulary, 'en');
  for (const written of ['', ' One', ' 1', ' 1-2', ' 123']) expect(foreseen(written, digits)).toBe('');
});

/** Would write `text`, whatever it is fed; its memory tells what it was fed, token by token. */
function wouldWrite(text: string): { readonly model: WhisperModel; readonly steps: number[]; readonly kept: string[] } {
  const tokens = [...vocabulary.encode(text), vocabulary.end];
  const steps: number[] = [];
  const kept: string[] = [];
  const scoresFor = (token: number | undefined): Float32Array => {
    const scores = new Float32Array(vocabulary.size).fill(-9);
    scores[token ?? vocabulary.end] = -0.1;
    return scores;
  };
  const model = {
    vocabulary,
    follow: (_encoding: unknown, memory: { readonly length: number }, fed: readonly number[]) => {
      steps.push(fed.length);
      kept.push(vocabulary.decode(tokens.slice(0, memory.length)));
      const scores = fed.map((_, at) => scoresFor(tokens[memory.length + at + 1]));
      return Promise.resolve({ scores, memory: { length: memory.length + fed.length, parts: {} } });
    },
  } as unknown as WhisperModel;
  return { model, steps, kept };
}
const heard = (text: string) => {
  const scores = new Float32Array(vocabulary.size).fill(-9);
  scores[vocabulary.encode(text)[0] ?? 0] = -0.1;
  return { encoding: {}, scores, memory: { length: 0, parts: {} }, longest: 40 };
};

test.each([
  [' I lost my credit card.', [3, 3]],
  [' I lost my credit score.', [3, 3, 1, 1]],
  [' What is my limit?', [1, 2, 2, 1]],
  [' Hello there.', [1, 1, 1]],
] as const)('what is foreseen saves steps and changes nothing: %s', async (text, sizes) => {
  const { model, steps, kept } = wouldWrite(text);
  const written = await writeFreely(model, heard(text), 3, never, (soFar) =>
    foreseenTokens(requests, soFar, vocabulary),
  );
  const plainly = await writeFreely(wouldWrite(text).model, heard(text), 3, never);
  expect(vocabulary.decode(written.tokens)).toBe(text);
  expect(written).toEqual(plainly);
  expect(steps).toEqual(sizes);
  expect(text.startsWith(kept.at(-1) ?? '?')).toBe(true);
});

test('it ends at the end of the context, and when it is cancelled', async () => {
  const { model, steps } = wouldWrite(' I lost my credit card.');
  const short = { ...heard(' I'), longest: 3 };
  const cut = await writeFreely(model, short, 3, never, (soFar) => foreseenTokens(requests, soFar, vocabulary));
  expect(cut.ranInCircles).toBe(true);
  expect(steps.reduce((sum, size) => sum + size, 0)).toBe(3);
  const cancelled = AbortSignal.abort(new Error('enough'));
  await expect(writeFreely(model, heard(' I'), 3, cancelled)).rejects.toThrow('enough');
});
