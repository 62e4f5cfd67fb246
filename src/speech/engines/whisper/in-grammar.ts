import type { Hypothesis } from '../../speech-service.ts';
import { type CompiledGrammar, isBroken, isSentence } from './compiled-grammar.ts';
import { confidenceInGrammar, type Fit, isBelieved, rankOf } from './confidence.ts';
import { decodeTogether } from './decode-together.ts';
import { digitsIn, digitsSaid, hasNumber } from './digit-runs.ts';
import { foreseenTokens } from './foreseen-tokens.ts';
import { type FreeResult, writeFreely } from './free-decoding.ts';
import { GrammarSearch, type SearchOptions } from './grammar-decoding.ts';
import type { Heard } from './heard.ts';
import type { LoudPart } from './loud-part.ts';
import { differingLetters, graphOfSentences, type NearSentence, nearestSentences } from './nearest-sentences.ts';
import { spokenPieces } from './spoken-pieces.ts';
import { grammarWords } from '../../../language/grammar-words.ts';
import { TokenAutomaton } from './token-automaton.ts';
import type { WhisperModel } from './whisper-model.ts';
import { writingLike } from './writing-like.ts';

const HYPOTHESES = 4;
/** Sentences that are most like what was written freely, and are weighed. */
const NEAREST = 3;
/** No sentence with a less probable token is accepted, or asked about. */
const LEAST_TOKEN = -10;
const EVERYWHERE = {
  beam: { first: 8, tokens: 3, later: 4 },
  order: { by: 'mean', spread: 1.5 },
  leastToken: LEAST_TOKEN,
} as const;
const ANY_LENGTH = { beam: { first: 6, tokens: 2, later: 3 }, order: { by: 'sum' }, leastToken: LEAST_TOKEN } as const;
/** Free decodings that a grammar accepts and that are so sure (mean log-probability) need no search. */
const SURE = -0.25;
/** Free text that is so sure says what was spoken: a sentence unlike it would not be believed, and is not looked for. */
const CLEAR = -0.3;
/** Free text that is so sure, and has the same digits as a sentence, says that its number is as long as that. */
const AGREED = -0.4;
/** By so much (log-probability) a sentence of the grammar may be more probable than the free text, which is written token by token. */
const SPARE = 1;
/** Tokens of a sentence, at most. */
const longestOf = (seconds: number): number => 6 + Math.ceil(seconds * 10);

/** An utterance, and where to look for it. */
interface Sought {
  readonly model: WhisperModel;
  readonly heard: Heard;
  readonly part: LoudPart;
  readonly grammar: CompiledGrammar;
  readonly signal: AbortSignal;
}

/** …and what was written of it freely. */
interface Utterance extends Sought {
  readonly free: FreeResult;
  /** The free text as a grammar spells it. */
  readonly said: readonly string[];
}

export interface InGrammar {
  readonly free: FreeResult;
  /** The sentences of the grammar that were found. */
  readonly fits: readonly Fit[];
  /** The best of them first, each with its confidence. */
  readonly hypotheses: readonly Hypothesis[];
}

/**
 * Writes an utterance freely, and finds the sentences of a grammar that it may be. Each pass is made only where the one before
 * leaves a doubt: free text that is a sure sentence needs no other; then come the sentences like it; then all.
 *
 * @throws the reason of `signal`
 */
export async function decodeInGrammar(sought: Sought): Promise<InGrammar> {
  const { model, heard, grammar, part, signal } = sought;
  const { automaton } = grammar;
  const foresee = (written: readonly number[]) => foreseenTokens(automaton, written, model.vocabulary);
  const free = await writeFreely(model, heard, part.seconds, signal, foresee);
  const said = grammarWords(model.vocabulary.decode(free.tokens), grammar.language);
  const utterance: Utterance = { ...sought, free, said };
  const sure = isSure(free) ? freeFits(free, automaton) : [];
  if (sure.length > 0) return concluded(utterance, { fits: sure, anyLength: undefined });
  const near = await lookNear(utterance);
  const concludedNear = concluded(utterance, near);
  if (concludedNear.hypotheses.slice(0, 1).some((best) => isBelieved(best) && best.unfinished !== true))
    return concludedNear;
  return free.mean > CLEAR && !free.ranInCircles
    ? concludedNear
    : concluded(utterance, await lookEverywhere(utterance, near));
}

const concluded = (utterance: Utterance, found: Found): InGrammar => ({
  free: utterance.free,
  fits: found.fits,
  hypotheses: judged(utterance, found),
});

const searchOf = (
  { model, part }: Sought,
  automaton: TokenAutomaton,
  how: Omit<SearchOptions, 'automaton' | 'longest'>,
): GrammarSearch => new GrammarSearch({ ...how, automaton, longest: longestOf(part.seconds) }, model.vocabulary);

interface Found {
  readonly fits: readonly Fit[];
  /** With numbers of any length; undefined when no number is in doubt. */
  readonly anyLength: readonly Fit[] | undefined;
}

/**
 * The free text where it is a sentence, and those that differ least from it. When there may be a number, one of another length
 * is looked for as well, as long as it may be more probable than what was found.
 */
async function lookNear(utterance: Utterance): Promise<Found> {
  const { model, grammar, free, said } = utterance;
  const written = freeFits(free, grammar.automaton);
  const nearest = nearestSentences(grammar.graph, said, NEAREST).filter(
    ({ words }) => !written.some((fit) => sameWords(fit.words, words)),
  );
  const first = merged(written, await weighed(utterance, nearest.slice(0, 1)));
  const rivals = nearest.slice(1).filter((sentence) => mayRankAbove(sentence, first[0], utterance));
  const fits = merged(first, await weighed(utterance, rivals));
  const [best] = fits;
  if (!hasNumber(best?.words ?? said)) return { fits, anyLength: undefined };
  // what was written freely is a number of free length: where it is the same there is no doubt of its length
  const agreed =
    best !== undefined && digitsSaid(best.words.join(' ')) === digitsSaid(model.vocabulary.decode(free.tokens));
  return agreed && !free.ranInCircles && free.mean > AGREED
    ? { fits, anyLength: fits }
    : lookForLength(utterance, fits);
}

/** No sentence is much more probable than what was written freely: one that differs more from it may have no chance. */
function mayRankAbove({ words, distance }: NearSentence, best: Fit | undefined, { free }: Utterance): boolean {
  if (best === undefined || free.ranInCircles) return true;
  return rankOf(free.mean * (free.tokens.length + 1) + SPARE, 2 * words.length + 1, distance) > best.rank;
}

/** Numbers of any length, where they are more probable than the sentences that were found; those of the right length are sentences too. */
async function lookForLength(utterance: Utterance, fits: readonly Fit[]): Promise<Found> {
  const { model, heard, grammar, free, signal } = utterance;
  if (grammar.anyLength === undefined) return { fits, anyLength: undefined };
  const known = [...freeFits(free, grammar.anyLength), ...fits];
  const above = Math.max(-Infinity, ...known.map(({ sum }) => sum));
  const search = searchOf(utterance, grammar.anyLength, { ...ANY_LENGTH, above });
  await decodeTogether(model, heard, [search], signal);
  const found = fitsOf(utterance, [search]);
  return {
    fits: merged(
      fits,
      found.filter(({ words }) => isSentence(grammar.graph, words)),
    ),
    anyLength: distinct([...found, ...known].sort((a, b) => b.sum - a.sum)),
  };
}

/** Sentences, each written like the free text, in one step of the model. */
async function weighed(utterance: Utterance, sentences: readonly NearSentence[]): Promise<readonly Fit[]> {
  const { model, heard, grammar, free, said, signal } = utterance;
  const { vocabulary } = model;
  const written = sentences.flatMap((sentence) => {
    const automaton = new TokenAutomaton(graphOfSentences([sentence]), vocabulary, grammar.language);
    const tokens = writingLike(automaton, free.tokens, vocabulary);
    return tokens === undefined || tokens.length > longestOf(utterance.part.seconds)
      ? []
      : [{ words: sentence.words, tokens }];
  });
  if (written.length === 0) return [];
  signal.throwIfAborted();
  const scores = await model.weigh(
    heard.encoding,
    heard.memory,
    written.map(({ tokens }) => tokens),
  );
  const fits = written.map(({ words, tokens }, at): Fit => {
    const behind = [heard.scores, ...(scores[at] ?? [])];
    const each = [...tokens, vocabulary.end].map((token, place) => behind[place]?.[token] ?? -Infinity);
    const sum = each.reduce((total, score) => total + score, 0);
    const worst = Math.min(...each);
    return { words, sum, mean: sum / each.length, worst, ...besideFree(words, said, sum, each.length) };
  });
  return merged(fits);
}

/** All sentences: what the speech is may be unlike what was written. */
async function lookEverywhere(utterance: Utterance, near: Found): Promise<Found> {
  const { model, heard, grammar, signal } = utterance;
  const search = searchOf(utterance, grammar.automaton, EVERYWHERE);
  await decodeTogether(model, heard, [search], signal);
  const fits = merged(near.fits, fitsOf(utterance, [search]));
  if (!hasNumber(fits[0]?.words ?? [])) return { fits, anyLength: undefined };
  return near.anyLength === undefined ? lookForLength(utterance, fits) : { fits, anyLength: near.anyLength };
}

function judged({ model, free, grammar, part }: Utterance, { fits, anyLength }: Found): readonly Hypothesis[] {
  // a number that was just begun may be a digit or two
  const other = anyLength?.find(({ words }) => digitsIn(words) > 0 || fits.length === 0);
  const pieces = spokenPieces(part.audio);
  const digits = free.ranInCircles ? undefined : digitsSaid(model.vocabulary.decode(free.tokens));
  const hypotheses = fits
    .map((fit) => {
      const longer = other !== undefined && hasNumber(fit.words) && !sameWords(fit.words, other.words);
      const heardFreely = digitsSaid(fit.words.join(' ')) === digits;
      const confidence = confidenceInGrammar(fit, free, longer ? other : undefined, pieces, heardFreely);
      return { words: fit.words, confidence, free: false, rank: fit.rank };
    })
    .sort((one, next) => Number(isBelieved(next)) - Number(isBelieved(one)) || next.rank - one.rank)
    .map(({ words, confidence, free: freely }) => ({ words, confidence, free: freely }));
  if (other === undefined || fits.some(({ words }) => sameWords(words, other.words))) return hypotheses;
  if (!isBroken(grammar.graph, other.words)) return hypotheses;
  const unfinished: Hypothesis = {
    words: other.words,
    confidence: confidenceInGrammar(other, free, undefined, pieces, false),
    free: false,
    unfinished: true,
  };
  return (hypotheses[0]?.confidence ?? 0) < unfinished.confidence
    ? [unfinished, ...hypotheses]
    : [...hypotheses, unfinished];
}

const sameWords = (one: readonly string[], other: readonly string[]): boolean => one.join(' ') === other.join(' ');

const isSure = (free: FreeResult): boolean => !free.ranInCircles && free.mean > SURE;

/** The sentences that the free text may stand for. */
function freeFits(free: FreeResult, automaton: TokenAutomaton): readonly Fit[] {
  if (free.ranInCircles) return [];
  const length = free.tokens.length + 1;
  const sum = free.mean * length;
  const rank = rankOf(sum, length, 0);
  return automaton
    .readings(free.tokens)
    .map((words) => ({ words, sum, mean: free.mean, worst: free.worst, unlike: 0, rank }));
}

/** The sentences that were found. */
const fitsOf = ({ said }: Utterance, searches: readonly GrammarSearch[]): readonly Fit[] =>
  searches.flatMap(({ automaton, done }) =>
    done.flatMap(({ tokens, sum, mean, worst }) =>
      automaton.readings(tokens).map((words): Fit => {
        return { words, sum, mean, worst, ...besideFree(words, said, sum, tokens.length + 1) };
      }),
    ),
  );

/** @param length - tokens, counting the end */
function besideFree(
  words: readonly string[],
  said: readonly string[],
  sum: number,
  length: number,
): Pick<Fit, 'unlike' | 'rank'> {
  const differing = differingLetters(words, said);
  return { unlike: differing / Math.max(1, words.join('').length), rank: rankOf(sum, length, differing) };
}

const merged = (...found: readonly (readonly Fit[])[]): readonly Fit[] =>
  distinct(found.flat().sort((a, b) => b.rank - a.rank));

function distinct(fits: readonly Fit[]): readonly Fit[] {
  const known = new Map<string, Fit>();
  for (const fit of fits) {
    const key = fit.words.join(' ');
    if (!known.has(key)) known.set(key, fit);
  }
  return [...known.values()].slice(0, HYPOTHESES);
}
