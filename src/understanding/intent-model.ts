import { type NGramTable, nGramFeatures } from './training/features.ts';
import { type LinearSvm, svmScores } from './training/linear-svm.ts';
import { type LinearHead, linear, softmax } from './training/softmax-head.ts';

/** A sentence as the classifier sees it. */
export interface EncodedSentence {
  /** In spoken form. */
  readonly words: readonly string[];
  /** By the encoder, of length 1. */
  readonly vector: Float32Array;
}

/** What a caller may want, as learnt from examples. */
export interface IntentModel {
  readonly intents: readonly string[];
  readonly head: LinearHead;
  readonly grams: NGramTable;
  readonly svm: LinearSvm;
  readonly temperature: number;
  /** Confidence from which on an answer is taken without asking back. */
  readonly accept: number;
}

export interface IntentGuess {
  readonly intent: string;
  /** 0…1: the share of such answers that are right. */
  readonly confidence: number;
}

/** How much the n-grams count beside the encoder's head. */
const N_GRAM_WEIGHT = 1.5;

/** @returns of each class, before temperature and softmax */
export function intentLogits(
  { head, svm }: Pick<IntentModel, 'head' | 'svm'>,
  features: ReturnType<typeof nGramFeatures>,
  { words, vector }: EncodedSentence,
): Float64Array {
  const byWords = svmScores(svm, features(words));
  return softmax(linear(head, vector)).map((share, at) => Math.log(share + 1e-12) + N_GRAM_WEIGHT * (byWords[at] ?? 0));
}

export interface IntentClassifier {
  /** All intents, the most likely one first. */
  readonly classify: (sentence: EncodedSentence) => readonly IntentGuess[];
}

export function intentClassifier(model: IntentModel): IntentClassifier {
  const features = nGramFeatures(model.grams);
  return {
    classify(sentence) {
      const logits = intentLogits(model, features, sentence);
      return Array.from(softmax(logits.map((one) => one / model.temperature)), (confidence, at) => ({
        intent: model.intents[at] ?? '',
        confidence,
      })).sort((one, other) => other.confidence - one.confidence);
    },
  };
}
