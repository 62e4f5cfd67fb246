import type { FreeResult } from './free-decoding.ts';
import { numberWord } from './number-words.ts';
import { spokenWords } from './spoken-words.ts';
import { writtenBy } from './tokens.ts';

/** What separates a match from a rejection on the scale of confidences. */
export const THRESHOLD = 0.5;

/** A sentence of a grammar that was found in an utterance. */
export interface Fit {
  readonly words: readonly string[];
  /** Log-probability of its tokens and the end. */
  readonly logp: number;
  /** Counting the end. */
  readonly tokens: number;
}

/*
 * Logistic regression, rounded, over 463 utterances understood inside of their grammars and 671 from outside (people, flite,
 * festival, espeak-ng; requests, confirmations, digits). On these: AUC 0.999, 98 % of the first are accepted and 1 % of the
 * second. With the grammars of the hotline, not fitted: 99 % of 170 and 5 % of 312, mostly near misses ("correct" for "go
 * back"). A wrong sentence of the right grammar is mostly accepted (30 of 37): what matters must be confirmed.
 */
const BIAS = 7.4;
/** For the mean log-probability of a token. */
const MEAN = 2.2;
/** For each unit by which what was written freely is more probable, up to 20 of them: another sentence was said. */
const GAP = { weight: 0.42, most: 20 };
/** For each word that is missing at two words a second, up to 1.5 of them: much was said, and little of it understood. */
const MISSING = { weight: 3, perSecond: 2, most: 1.5 };
/**
 * For a free decoding that is sure (mean log-probability) of a number of another length: a six-digit number is never to
 * pass as the eight-digit one that was asked for. Set, not fitted: such pairs are few in the data.
 */
const OTHER_NUMBER = { weight: 6, sure: -0.4, digits: 3 };
/** The regression is surer of itself than a few hundred utterances allow. */
const SOFTENING = 1.5;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** 0…1 */
export function confidenceInGrammar(fit: Fit, free: FreeResult, spokenSeconds: number): number {
  const gap = Math.min(GAP.most, Math.max(0, free.logp - fit.logp));
  const missing = Math.min(MISSING.most, Math.max(0, MISSING.perSecond * spokenSeconds - fit.words.length));
  const contradicted = saysAnotherNumber(fit, free) ? OTHER_NUMBER.weight : 0;
  const sum = BIAS + MEAN * (fit.logp / fit.tokens) - GAP.weight * gap - MISSING.weight * missing - contradicted;
  return logistic(sum / SOFTENING);
}

function saysAnotherNumber(fit: Fit, { tokens, logp }: FreeResult): boolean {
  if (logp / (tokens.length + 1) < OTHER_NUMBER.sure) return false;
  const free = spokenWords(writtenBy(tokens));
  const digits = digitsIn(free);
  return digits >= OTHER_NUMBER.digits && digits === free.length && digits !== digitsIn(fit.words);
}

const REPEATED: Readonly<Record<string, number>> = { double: 1, triple: 2 };
/** Digits that are said one by one, 'double' counted as what it adds. */
const digitsIn = (words: readonly string[]): number =>
  words.reduce((sum, word) => {
    const number = numberWord(word);
    const digit = number?.kind === 'unit' && !number.ordinal ? 1 : 0;
    return sum + digit + (Object.hasOwn(REPEATED, word) ? (REPEATED[word] ?? 0) : 0);
  }, 0);

/**
 * 0…1; the threshold is at a mean log-probability of -1. Of people 98 % are above -0.35, of espeak-ng's voices above -0.95.
 * Noise is not told apart by this: that is seen before the first token.
 */
export const confidenceFree = ({ logp, tokens }: FreeResult): number => logistic(4 * (logp / (tokens.length + 1) + 1));
