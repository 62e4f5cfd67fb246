import type { Hypothesis } from '../../speech-service.ts';
import { type CompiledGrammar, isBroken, isSentence } from './compiled-grammar.ts';
import { confidenceInGrammar, type Fit, isBelieved, rankOf } from './confidence.ts';
import { digitWordsIn, hasNumber } from './digit-runs.ts';
import type { FreeResult } from './free-decoding.ts';
import { decodeInGrammar, type GrammarResult, type GrammarSearch } from './grammar-decoding.ts';
import type { Heard } from './heard.ts';
import type { LoudPart } from './loud-part.ts';
import { differingLetters, graphOfSentences, nearestSentences } from './nearest-sentences.ts';
import { spokenPieces } from './spoken-pieces.ts';
import { spokenWords } from './spoken-words.ts';
import { TokenAutomaton } from './token-automaton.ts';
import type { WhisperModel } from './whisper-model.ts';

const HYPOTHESES = 4;
const BEAM = { first: 8, tokens: 3, later: 4 };
/** Sentences like what was written freely: how many, and how many ways to write them are followed at a time. */
const NEAR = { sentences: 3, rows: 4 };
const BY_MEAN = { by: 'mean', spread: 1.5 } as const;
const BY_SUM = { by: 'sum' } as const;
/** Free decodings that a grammar accepts and that are so sure (mean log-probability) need no search. */
const SURE = -0.25;
/** Tokens of a sentence, at most. */
const longestOf = (seconds: number): number => 6 + Math.ceil(seconds * 10);

/** An utterance and what was written of it freely. */
interface Utterance {
  readonly model: WhisperModel;
  readonly heard: Heard;
  readonly free: FreeResult;
  /** The free text as a grammar spells it. */
  readonly said: readonly string[];
  readonly part: LoudPart;
  readonly grammar: CompiledGrammar;
  readonly signal: AbortSignal;
}

/** The sentences of a grammar that fit an utterance best, the best first, each with its confidence. @throws the reason of `signal` */
export async function hypothesesInGrammar(given: Omit<Utterance, 'said'>): Promise<readonly Hypothesis[]> {
  const { model, free, grammar, part } = given;
  const utterance = { ...given, said: spokenWords(model.vocabulary.decode(free.tokens), grammar.language) };
  const { fits, anyLength } = await search(utterance);
  const other = anyLength?.find(({ words }) => hasNumber(words) || fits.length === 0);
  const pieces = spokenPieces(part.audio);
  const hypotheses = fits
    .map((fit) => {
      const longer = other !== undefined && hasNumber(fit.words) && !sameWords(fit.words, other.words);
      const confidence = confidenceInGrammar(fit, free, longer ? other : undefined, pieces);
      return { words: fit.words, confidence, free: false, rank: fit.rank };
    })
    .sort((one, next) => Number(isBelieved(next)) - Number(isBelieved(one)) || next.rank - one.rank)
    .map(({ words, confidence, free: freely }) => ({ words, confidence, free: freely }));
  if (other === undefined || fits.some(({ words }) => sameWords(words, other.words))) return hypotheses;
  if (!isBroken(grammar.graph, other.words)) return hypotheses;
  const unfinished: Hypothesis = {
    words: other.words,
    confidence: confidenceInGrammar(other, free, undefined, pieces),
    free: false,
    unfinished: true,
  };
  return (hypotheses[0]?.confidence ?? 0) < unfinished.confidence
    ? [unfinished, ...hypotheses]
    : [...hypotheses, unfinished];
}

const sameWords = (one: readonly string[], other: readonly string[]): boolean => one.join(' ') === other.join(' ');

interface Found {
  readonly fits: readonly Fit[];
  /** With numbers of any length; undefined when no number is in doubt. */
  readonly anyLength: readonly Fit[] | undefined;
}

/** Both searches share their steps when the free text has a number that the grammar does not. */
async function search(utterance: Utterance): Promise<Found> {
  const { grammar, said } = utterance;
  const sure = sureFits(utterance, grammar.automaton);
  if (sure !== undefined) return { fits: sure, anyLength: undefined };
  const main: GrammarSearch = {
    automaton: grammar.automaton,
    beam: BEAM,
    order: BY_MEAN,
    besides: sentencesNear(utterance),
  };
  const doubtful = digitWordsIn(said) > 0 && !isSentence(grammar.graph, said) ? grammar.anyLength : undefined;
  const sureOther = doubtful === undefined ? undefined : sureFits(utterance, doubtful);
  const other = doubtful === undefined || sureOther !== undefined ? [] : [anyLengthSearch(doubtful)];
  const [fits = [], found] = await searched(utterance, [main, ...other]);
  const [best] = fits;
  if (grammar.anyLength === undefined || (best !== undefined && !hasNumber(best.words)))
    return { fits, anyLength: undefined };
  const anyLength = sureOther ?? found ?? sureFits(utterance, grammar.anyLength);
  if (anyLength !== undefined) return { fits, anyLength };
  return { fits, anyLength: (await searched(utterance, [anyLengthSearch(grammar.anyLength)]))[0] };
}

const anyLengthSearch = (automaton: TokenAutomaton): GrammarSearch => ({ automaton, beam: BEAM, order: BY_SUM });

/** What was written freely, when it is a sentence and sure. */
function sureFits({ free }: Utterance, automaton: TokenAutomaton): readonly Fit[] | undefined {
  if (free.ranInCircles || free.mean <= SURE) return undefined;
  const readings = automaton.readings(free.tokens);
  const length = free.tokens.length + 1;
  const sum = free.mean * length;
  return readings.length === 0
    ? undefined
    : readings.map((words) => ({ words, sum, mean: free.mean, worst: free.worst, rank: rankOf(sum, length, 0) }));
}

function sentencesNear({ model, grammar, said }: Utterance): GrammarSearch['besides'] {
  const sentences = nearestSentences(grammar.graph, said, NEAR.sentences);
  return sentences.length === 0
    ? undefined
    : {
        automaton: new TokenAutomaton(graphOfSentences(sentences), model.vocabulary, grammar.language),
        rows: NEAR.rows,
      };
}

async function searched(
  utterance: Utterance,
  searches: readonly GrammarSearch[],
): Promise<readonly (readonly Fit[])[]> {
  const { model, heard, part, signal } = utterance;
  const found = await decodeInGrammar(model, heard, searches, longestOf(part.seconds), signal);
  return searches.map((one, at) => fitsOf(utterance, one, found[at] ?? []));
}

/** The sentences that were found, no two alike. */
function fitsOf(
  { said }: Utterance,
  { automaton, order }: GrammarSearch,
  found: readonly GrammarResult[],
): readonly Fit[] {
  const fits = new Map<string, Fit>();
  for (const { tokens, sum, mean, worst } of found)
    for (const words of automaton.readings(tokens)) {
      const key = words.join(' ');
      const rank = rankOf(sum, tokens.length + 1, differingLetters(words, said));
      if (!fits.has(key)) fits.set(key, { words, sum, mean, worst, rank });
    }
  const list = [...fits.values()];
  if (order.by === 'mean') list.sort((a, b) => b.rank - a.rank);
  return list.slice(0, HYPOTHESES);
}
