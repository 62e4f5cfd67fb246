import { digitWordsIn, hasNumber } from './digit-runs.ts';
import type { FreeResult } from './free-decoding.ts';
import type { SpokenPieces } from './spoken-pieces.ts';

/** What separates a match from a rejection on the scale of confidences. */
export const THRESHOLD = 0.5;

export const isBelieved = ({ confidence }: { readonly confidence: number }): boolean => confidence >= THRESHOLD;

/** A sentence of a grammar that was found in an utterance. */
export interface Fit {
  readonly words: readonly string[];
  /** Mean log-probability of a token, counting the end. */
  readonly mean: number;
  /** Log-probability of the tokens and the end. */
  readonly sum: number;
  /** Log-probability of the least probable token. */
  readonly worst: number;
  /** Letters in which it differs from what was written freely, as a share of its own. */
  readonly unlike: number;
  /** What sentences are ordered by. */
  readonly rank: number;
}

/*
 * Sentences of different lengths are compared by their log-probability divided by a power of their length: between the sum (0),
 * which prefers short ones, and the mean (1), which prefers long ones with many easy tokens (Wu et al. 2016, section 7). Each letter in
 * which a sentence differs from what the recognizer wrote freely costs this much, as in a noisy channel.
 */
const LENGTH_POWER = 0.6;
const DIFFERENT_LETTER = 0.6;

/** @param length - tokens, counting the end */
export const rankOf = (sum: number, length: number, differingLetters: number): number =>
  (sum - DIFFERENT_LETTER * differingLetters) / length ** LENGTH_POWER;

/*
 * A sentence is believed when three signs hold, and is as sure as the weakest of them: the mean log-probability of its tokens;
 * how far that is below what the recognizer writes when it is free; and its least probable token. A mean alone says nothing: in a
 * long number one wrong digit is followed by many cheap ones. How the limits were chosen stands in docs/performance.md.
 */
interface Sign {
  /** At this the confidence is 0.5. */
  readonly limit: number;
  /** How steeply it grows. */
  readonly slope: number;
}
interface Signs {
  readonly mean: Sign;
  readonly belowFree: Sign;
  readonly worst: Sign;
}
const ANY: Signs = {
  mean: { limit: -1.5, slope: 2 },
  belowFree: { limit: -1, slope: 2.5 },
  worst: { limit: -6, slope: 0.6 },
};
/** That a sentence reads like the free text is a sign of its own: of such sentences less is asked. Numbers are all alike. */
const ALIKE: Signs = {
  mean: { limit: -2.2, slope: 2 },
  belowFree: { limit: -1.9, slope: 2.5 },
  worst: { limit: -10.5, slope: 0.6 },
};
const MOST_UNLIKE = 0.5;
const WORST_OF_NUMBER: Sign = { limit: -5, slope: 0.6 };
/** By how much a number of another length is more probable, as a logarithm. A number that is contradicted is never sure. */
const OTHER_LENGTH: Sign = { limit: -1, slope: 0.9 };

/** At most, when the pieces of speech are not as many as the digits: it is read back wherever unsure answers are. */
const DOUBTFUL_LENGTH = 0.6;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const sureness = (value: number, { limit, slope }: Sign): number => logistic(slope * (value - limit));

/**
 * @param otherLength - the same words with a number of another length, when that fits the utterance better
 * @param pieces - of the utterance's speech
 * @param heardFreely - whether the free text has the same digits: then none of them hides behind the others
 * @returns 0…1
 */
export const confidenceInGrammar = (
  fit: Fit,
  free: FreeResult,
  otherLength: Fit | undefined,
  pieces: SpokenPieces,
  heardFreely: boolean,
): number => {
  const number = hasNumber(fit.words);
  const signs = !number && fit.unlike <= MOST_UNLIKE ? ALIKE : ANY;
  return Math.min(
    isLengthDoubtful(fit.words, pieces) ? DOUBTFUL_LENGTH : 1,
    sureness(fit.mean, signs.mean),
    sureness(fit.mean - free.mean, signs.belowFree),
    sureness(fit.worst, number && !heardFreely ? WORST_OF_NUMBER : signs.worst),
    otherLength === undefined ? 1 : sureness(fit.sum - otherLength.sum, OTHER_LENGTH),
  );
};

/** Of a sentence that is a number and nothing else. */
function isLengthDoubtful(words: readonly string[], { count, single }: SpokenPieces): boolean {
  const said = digitWordsIn(words);
  return hasNumber(words) && said === words.length && (count > said || (single && count < said));
}

/** 0…1; the threshold is at a mean log-probability of -1. */
export const confidenceFree = ({ mean, ranInCircles }: FreeResult): number =>
  logistic(4 * (mean + 1 - (ranInCircles ? 0.5 : 0)));
