import type { EncodedSentence, IntentGuess } from './intent-model.ts';
import { type NGramTable, nGramFeatures, type SparseVector } from './training/features.ts';
import { type LinearSvm, svmScores } from './training/linear-svm.ts';

/** What utterances want that may want several things at once, or nothing. */
export interface SeveralModel {
  readonly intents: readonly string[];
  readonly grams: NGramTable;
  /** On n-grams and, behind them, the sentence's vector. */
  readonly svm: LinearSvm;
  /** Least score of an intent that is there. */
  readonly threshold: number;
}

/** How long a sentence's vector is made, beside its n-grams. */
const VECTOR_LENGTH = 2;

/** @returns n-grams and the vector behind them */
export function severalFeatures(grams: NGramTable): (sentence: EncodedSentence) => SparseVector {
  const features = nGramFeatures(grams);
  return ({ words, vector }) => {
    const { places, values } = features(words);
    const joined = {
      places: new Int32Array(places.length + vector.length),
      values: new Float32Array(places.length + vector.length),
    };
    joined.places.set(places);
    joined.values.set(values);
    for (let at = 0; at < vector.length; at++) {
      joined.places[places.length + at] = grams.grams.length + at;
      joined.values[places.length + at] = (vector[at] ?? 0) * VECTOR_LENGTH;
    }
    return joined;
  };
}

export interface SeveralClassifier {
  /** The intents that are there, the surest first; `confidence` grows with how sure, 0.5 at the threshold. */
  readonly classify: (sentence: EncodedSentence) => readonly IntentGuess[];
}

export function severalClassifier({ intents, grams, svm, threshold }: SeveralModel): SeveralClassifier {
  const features = severalFeatures(grams);
  return {
    classify: (sentence) =>
      Array.from(svmScores(svm, features(sentence)), (score, at) => ({
        intent: intents[at] ?? '',
        confidence: 1 / (1 + Math.exp(-4 * (score - threshold))),
      }))
        .filter(({ confidence }) => confidence >= 0.5)
        .sort((one, other) => other.confidence - one.confidence),
  };
}
