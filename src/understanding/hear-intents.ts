import type { Heard, Interpretation } from '../dialogue/dialogue.ts';
import type { UnderstandingRequest } from '../dialogue/understanding.ts';
import type { IntentGuess } from './intent-model.ts';

/** The class of whatever none of the intents means. */
export const OUT_OF_SCOPE_INTENT = 'out-of-scope';

/** What was learnt from a dialplan's examples, asked about one sentence. All guesses, the most likely first. */
export interface LearntIntents {
  readonly accept: number;
  readonly classify: (words: readonly string[]) => Promise<readonly IntentGuess[]>;
}

/** A guess below this is not worth a question back. */
const LEAST_GUESS = 0.15;
/** Out of scope from here on: below it, the best guess is asked about. */
const SURELY_OUT_OF_SCOPE = 0.75;
/** A part of a sentence that is shorter says nothing by itself. */
const LEAST_PART = 3;
const MOST_PARTINGS = 3;

/**
 * Adds what was learnt to words that were spoken freely and are no sentence of a grammar. Keywords of the intents that were
 * learnt are not looked at any more; those of others are.
 */
export async function hearIntents(
  { heard, intents, examples }: Pick<UnderstandingRequest, 'heard' | 'intents' | 'examples'>,
  learnt: LearntIntents,
  connectives: ReadonlySet<string>,
): Promise<readonly Heard[]> {
  const place = heard.findIndex(
    ({ free, interpretations }) => free && interpretations.every(({ by }) => by === 'intent'),
  );
  const one = heard[place];
  if (one === undefined || one.words.length === 0) return heard;
  const kinds = new Map(
    examples.filter(({ intent }) => intents.includes(intent)).map(({ intent, of }) => [intent, of]),
  );
  if (kinds.size === 0) return heard;
  const byKeywords = one.interpretations.filter(
    ({ meaning }) => !kinds.has(meaning['intent'] ?? meaning['command'] ?? ''),
  );
  const guesses = (await learnt.classify(one.words)).filter(
    ({ intent, confidence }) => confidence >= LEAST_GUESS && (kinds.has(intent) || intent === OUT_OF_SCOPE_INTENT),
  );
  const interpretation = ({ intent, confidence }: IntentGuess): Interpretation => ({
    by: 'intent',
    meaning: kinds.get(intent) === 'command' ? { command: intent } : { intent },
    confidence,
    sure: confidence >= learnt.accept,
  });
  const both = await twoIntents(one.words, learnt, connectives, (intent) => kinds.get(intent) === 'option');
  const found =
    both === undefined
      ? (guesses.find(({ intent }) => intent === OUT_OF_SCOPE_INTENT)?.confidence ?? 0) >= SURELY_OUT_OF_SCOPE
        ? []
        : guesses.filter(({ intent }) => intent !== OUT_OF_SCOPE_INTENT).map(interpretation)
      : [{ ...interpretation(both[0]), also: both[1].intent }];
  const interpretations = found[0]?.sure === true ? [...found, ...byKeywords] : [...byKeywords, ...found];
  return heard.with(place, { ...one, interpretations });
}

/** Two things that are surely asked for, one after the other: what stands before a connective, and what stands behind it. */
async function twoIntents(
  words: readonly string[],
  { accept, classify }: LearntIntents,
  connectives: ReadonlySet<string>,
  isOption: (intent: string) => boolean,
): Promise<readonly [IntentGuess, IntentGuess] | undefined> {
  const partings = words.flatMap((word, at) => (connectives.has(word.toLowerCase()) ? [at] : []));
  for (const at of partings.slice(0, MOST_PARTINGS)) {
    const parts = [words.slice(0, at), words.slice(at + 1)];
    if (parts.some(({ length }) => length < LEAST_PART)) continue;
    const [one, other] = (await Promise.all(parts.map(classify))).map(([first]) => first);
    if (one === undefined || other === undefined || one.intent === other.intent) continue;
    if ([one, other].every(({ intent, confidence }) => confidence >= accept && isOption(intent))) return [one, other];
  }
  return undefined;
}
