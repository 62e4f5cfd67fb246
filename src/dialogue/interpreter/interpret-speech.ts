import type { Heard, Interpretation, Recognized } from '../dialogue.ts';
import type { Ask, Plan } from '../dialplan/plan.ts';
import { interpret, type Meaning } from '../grammar/interpret.ts';
import { guessIntents } from '../nlu/keyword-intents.ts';
import { spokenWords, withoutHesitations } from '../nlu/spoken-words.ts';

/* What recognised words may mean to a question: by its grammars, and by its keywords where they were spoken freely. */

/** A guess by keywords below this is not made. */
const LEAST_GUESS = 0.3;

/**
 * @param ask - the question that is open; without one nothing means anything
 * @param begun - the words that began an answer to it
 */
export function interpretSpeech(
  plan: Plan,
  ask: Ask | undefined,
  recognized: readonly Recognized[],
  begun: readonly string[],
): readonly Heard[] {
  return recognized.map((one) => ({
    ...one,
    interpretations: ask === undefined || one.unfinished === true ? [] : interpretations(plan, ask, one, begun),
  }));
}

function interpretations(
  plan: Plan,
  ask: Ask,
  { words, confidence, free }: Recognized,
  begun: readonly string[],
): readonly Interpretation[] {
  const spoken = spokenWords(words);
  // Free text that happens to be a sentence of the grammar was not heard as one: never surer than the threshold.
  const sure = free ? Math.max(confidence, plan.reject) : confidence;
  const byGrammar = meaningsOf(ask, spoken, free, begun).map(
    (meaning): Interpretation => ({ by: 'grammar', meaning, confidence: sure }),
  );
  const guess = free ? guessByKeywords(plan, ask, spoken) : undefined;
  return guess === undefined ? byGrammar : [...byGrammar, guess];
}

/** Free text that no grammar takes: commands are guessed beside the question's own intents. */
function guessByKeywords(plan: Plan, ask: Ask, words: readonly string[]): Interpretation | undefined {
  const [best] = guessIntents(
    [...ask.reads.options, ...ask.reads.asides, ...plan.commands.map((command) => ({ ...command, request: true }))],
    words,
  );
  if (best === undefined || best.confidence < LEAST_GUESS) return undefined;
  const option = ask.reads.options.some(({ name }) => name === best.name);
  const aside = ask.reads.asides.some(({ name }) => name === best.name);
  return {
    by: 'intent',
    meaning: option ? { intent: best.name } : aside ? { aside: best.name } : { command: best.name },
    confidence: best.confidence,
  };
}

/** The meanings of the words as they were said, without hesitations, and as the rest of what was begun. */
export function meaningsOf(
  ask: Ask,
  spoken: readonly string[],
  free: boolean,
  begun: readonly string[],
): readonly Meaning[] {
  const plain = free ? withoutHesitations(spoken) : spoken;
  const attempts = [
    spoken,
    ...(plain.length === spoken.length ? [] : [plain]),
    ...(begun.length === 0 ? [] : [[...begun, ...spoken]]),
  ];
  return attempts.flatMap((words) =>
    words.length === 0 ? [] : ask.networks.flatMap((network) => interpret(network, words)),
  );
}
