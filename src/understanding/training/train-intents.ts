import { type EncodedSentence, intentLogits, type IntentModel } from '../intent-model.ts';
import { foldsOf, type OutOfFold, temperatureOf, thresholdFor } from './calibration.ts';
import { nGramFeatures, nGramTable } from './features.ts';
import { trainSvm } from './linear-svm.ts';
import { softmax, trainHead } from './softmax-head.ts';

export interface IntentExample extends EncodedSentence {
  readonly intent: string;
  /** The encoder was trained on this very sentence: it knows it too well to judge a threshold by it. */
  readonly known: boolean;
}

/** Of the answers that are taken without asking back, so many are right. */
const RIGHT_WHEN_ACCEPTED = 0.98;
const FOLDS = 5;
const SVM_COST = 0.5;
const SEED = 13;
/** Too few sentences to judge by: probabilities as they come, and a threshold that was found on other data. */
const LEAST_JUDGED = 50;
const UNJUDGED = { temperature: 1, accept: 0.85 };

/**
 * Learns what sentences mean from examples: a softmax on the encoder's vectors, and linear support vector machines on n-grams
 * beside it. Temperature and threshold come from sentences that neither the fold's model nor the encoder had seen. The same
 * examples give the same model.
 *
 * @param examples - of two intents or more
 */
export function trainIntents(examples: readonly IntentExample[]): IntentModel {
  const intents = [...new Set(examples.map(({ intent }) => intent))];
  const places = new Map(intents.map((intent, place) => [intent, place]));
  const labels = Int32Array.from(examples, ({ intent }) => places.get(intent) ?? 0);
  const judged = examples.flatMap(({ known }, at) => (known ? [] : [at]));
  const parts = fit(examples, labels, intents.length);
  if (judged.length < LEAST_JUDGED) return { intents, ...parts, ...UNJUDGED };
  const foldOf = foldsOf(
    Int32Array.from(judged, (at) => labels[at] ?? 0),
    FOLDS,
    SEED,
  );
  const answers: OutOfFold[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const out = judged.filter((_, at) => foldOf[at] === fold);
    const left = new Set(out);
    const rest = examples.flatMap((_, at) => (left.has(at) ? [] : [at]));
    const within = fit(
      rest.map((at) => examples[at] ?? { words: [], vector: new Float32Array() }),
      Int32Array.from(rest, (at) => labels[at] ?? 0),
      intents.length,
    );
    const features = nGramFeatures(within.grams);
    for (const at of out) {
      const sentence = examples[at];
      if (sentence !== undefined)
        answers.push({ logits: intentLogits(within, features, sentence), label: labels[at] ?? 0 });
    }
  }
  const temperature = temperatureOf(answers);
  const sure = answers.map(({ logits, label }) => {
    const shares = softmax(logits.map((one) => one / temperature));
    const confidence = Math.max(...shares);
    return { confidence, right: shares[label] === confidence };
  });
  return { intents, ...parts, temperature, accept: thresholdFor(sure, RIGHT_WHEN_ACCEPTED, SEED) };
}

function fit(
  examples: readonly EncodedSentence[],
  labels: Int32Array,
  classes: number,
): Pick<IntentModel, 'grams' | 'svm' | 'head'> {
  const grams = nGramTable(examples.map(({ words }) => words));
  const features = nGramFeatures(grams);
  const svm = trainSvm(
    examples.map(({ words }) => features(words)),
    (example, ofClass) => labels[example] === ofClass,
    { classes, places: grams.grams.length },
    { cost: SVM_COST, seed: SEED },
  );
  const head = trainHead(
    examples.map(({ vector }) => vector),
    labels,
    classes,
  );
  return { grams, svm, head };
}
