import type { EncodedSentence } from '../intent-model.ts';
import { severalFeatures, type SeveralModel } from '../several-model.ts';
import { foldsOf } from './calibration.ts';
import { nGramTable } from './features.ts';
import { svmScores, trainSvm } from './linear-svm.ts';

export interface SeveralExample extends EncodedSentence {
  readonly intents: readonly string[];
  /** The encoder was trained on this very sentence: it knows it too well to judge a threshold by it. */
  readonly known: boolean;
}

const FOLDS = 5;
const COST = 0.5;
const SEED = 13;
const LEAST_JUDGED = 50;
/** Found on folds 12 and 13 of NLU++. */
const UNJUDGED_THRESHOLD = -0.2;
const CANDIDATES = Array.from({ length: 25 }, (_, step) => -0.8 + step * 0.05);

/** Learns which intents utterances have, several or none; the threshold comes as in `trainIntents`. */
export function trainSeveral(examples: readonly SeveralExample[]): SeveralModel {
  const intents = [...new Set(examples.flatMap((one) => one.intents))].sort();
  const model = { intents, ...fit(examples, intents) };
  const judged = examples.filter(({ known }) => !known);
  if (judged.length < LEAST_JUDGED) return { ...model, threshold: UNJUDGED_THRESHOLD };
  const foldOf = foldsOf(new Int32Array(judged.length), FOLDS, SEED);
  const answers: Answer[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const out = new Set(judged.filter((_, at) => foldOf[at] === fold));
    const within = fit(
      examples.filter((one) => !out.has(one)),
      intents,
    );
    const features = severalFeatures(within.grams);
    for (const one of out)
      answers.push({
        scores: svmScores(within.svm, features(one)),
        present: intents.map((name) => one.intents.includes(name)),
      });
  }
  const [threshold] = CANDIDATES.map((least) => [least, quality(answers, least)] as const).reduce((best, one) =>
    one[1] > best[1] ? one : best,
  );
  return { ...model, threshold };
}

interface Answer {
  readonly scores: Float64Array;
  readonly present: readonly boolean[];
}

/** Micro F1 and share of utterances that are wholly right, added. */
function quality(answers: readonly Answer[], threshold: number): number {
  let [both, found, exact] = [0, 0, 0];
  for (const { scores, present } of answers) {
    let wrong = 0;
    for (const [at, isPresent] of present.entries()) {
      const isFound = (scores[at] ?? 0) >= threshold;
      if (isFound && isPresent) both++;
      found += Number(isFound) + Number(isPresent);
      if (isFound !== isPresent) wrong++;
    }
    if (wrong === 0) exact++;
  }
  return (found === 0 ? 1 : (2 * both) / found) + exact / answers.length;
}

function fit(examples: readonly SeveralExample[], intents: readonly string[]): Pick<SeveralModel, 'grams' | 'svm'> {
  const grams = nGramTable(examples.map(({ words }) => words));
  const features = severalFeatures(grams);
  const svm = trainSvm(
    examples.map(features),
    (example, ofClass) => examples[example]?.intents.includes(intents[ofClass] ?? '') === true,
    { classes: intents.length, places: grams.grams.length + (examples[0]?.vector.length ?? 0) },
    { cost: COST, seed: SEED },
  );
  return { grams, svm };
}
