import type { DecodeKind, Hypothesis } from '../../speech-service.ts';
import { type CompiledGrammar, isBroken } from './compiled-grammar.ts';
import { confidenceFree, confidenceInGrammar, type Fit, rankOf, THRESHOLD } from './confidence.ts';
import { hasNumber } from './digit-runs.ts';
import { decodeFreely, type FreeResult } from './free-decoding.ts';
import { decodeInGrammar, type GrammarSearch } from './grammar-decoding.ts';
import { type Heard, hearAs, listen } from './heard.ts';
import { type LoudPart, loudPart } from './loud-part.ts';
import { differingLetters, graphOfSentences, nearestSentences } from './nearest-sentences.ts';
import { spokenPieces } from './spoken-pieces.ts';
import { spokenWords } from './spoken-words.ts';
import { TokenAutomaton } from './token-automaton.ts';
import type { SpokenLanguage } from './vocabulary.ts';
import type { WhisperModel } from './whisper-model.ts';

export interface Understood {
  readonly outcome: 'match' | 'rejected' | 'not-speech' | 'other-language';
  readonly hypotheses: readonly Hypothesis[];
  /** With `other-language`: the one that was spoken. */
  readonly language?: SpokenLanguage;
}

export interface Question {
  readonly language: SpokenLanguage;
  readonly kind: DecodeKind;
  /** After a rejected constrained decode the free one counts. */
  readonly orFree: boolean;
  readonly grammar: CompiledGrammar | undefined;
}

const HYPOTHESES = 4;
const BEAM = { first: 8, tokens: 3, later: 4 };
/** Sentences like what was written freely: how many, and how many ways to write them are followed at a time. */
const NEAR = { sentences: 3, rows: 4 };
const BY_MEAN = { by: 'mean', spread: 1.5 } as const;
const BY_SUM = { by: 'sum' } as const;
/** Free decodings that a grammar accepts and that are so sure (mean log-probability) need no search. */
const SURE = -0.25;
/**
 * Seconds of silence behind the speech. Shown less than eight, Whisper says a sentence twice; a partial decode asks only
 * whether there are words, soon.
 */
const SHOWN: Readonly<Record<DecodeKind, { readonly behind: number; readonly least: number }>> = {
  partial: { behind: 3, least: 0 },
  speculative: { behind: 3, least: 8 },
  final: { behind: 3, least: 8 },
};
/** log p(zh) - log p(en): between the two clusters, Mandarin being above 6.2 and English below 3.4. */
const MANDARIN = 4.8;
/** Of less than this nobody can tell the language. */
const LEAST_TOLD_SECONDS = 0.4;

const NOT_SPEECH: Understood = { outcome: 'not-speech', hypotheses: [] };

/**
 * Understands one utterance.
 *
 * @param audio - 8 kHz mono 16-bit, with any silence around the speech
 * @throws the reason of `signal`, between two steps of the model
 */
export async function understand(
  model: WhisperModel,
  audio: Int16Array,
  question: Question,
  signal: AbortSignal,
): Promise<Understood> {
  const part = loudPart(audio);
  if (part.spokenSeconds === 0) return NOT_SPEECH;
  signal.throwIfAborted();
  const listened = await listen(model, part, SHOWN[question.kind]);
  signal.throwIfAborted();
  const spoken = listened.mandarin >= MANDARIN ? 'zh' : 'en';
  if (spoken !== question.language && question.kind !== 'partial' && part.spokenSeconds >= LEAST_TOLD_SECONDS)
    return { outcome: 'other-language', hypotheses: [], language: spoken };
  const heard = await hearAs(model, listened, question.language);
  signal.throwIfAborted();
  const free = await decodeFreely(model, heard, part.seconds, signal);
  const { grammar } = question;
  if (grammar === undefined) return freely(model, free, question);
  const hypotheses = await inGrammar(model, heard, free, grammar, part, signal);
  if ((hypotheses[0]?.confidence ?? 0) >= THRESHOLD && hypotheses[0]?.unfinished !== true)
    return { outcome: 'match', hypotheses };
  if (!question.orFree) return { outcome: 'rejected', hypotheses };
  const open = freely(model, free, question);
  return { outcome: open.outcome, hypotheses: [...open.hypotheses, ...hypotheses].slice(0, HYPOTHESES) };
}

function freely(model: WhisperModel, free: FreeResult, { language }: Question): Understood {
  const words = spokenWords(model.vocabulary.decode(free.tokens), language);
  const confidence = confidenceFree(free);
  return {
    outcome: words.length > 0 && confidence >= THRESHOLD ? 'match' : 'rejected',
    hypotheses: words.length > 0 ? [{ words, confidence, free: true }] : [],
  };
}

async function inGrammar(
  model: WhisperModel,
  heard: Heard,
  free: FreeResult,
  grammar: CompiledGrammar,
  part: LoudPart,
  signal: AbortSignal,
): Promise<readonly Hypothesis[]> {
  const { language } = grammar;
  const said = spokenWords(model.vocabulary.decode(free.tokens), language);
  const near = (): TokenAutomaton | undefined => {
    const sentences = nearestSentences(grammar.graph, said, NEAR.sentences);
    return sentences.length === 0
      ? undefined
      : new TokenAutomaton(graphOfSentences(sentences), model.vocabulary, language);
  };
  const search = (
    automaton: TokenAutomaton,
    order: GrammarSearch['order'],
    besides?: typeof near,
  ): Promise<readonly Fit[]> => {
    const limits = { beam: BEAM, order, longest: 6 + Math.ceil(part.seconds * 10) };
    return fitsOf(model, heard, { ...free, said }, automaton, limits, signal, besides);
  };
  const fits = await search(grammar.automaton, BY_MEAN, near);
  const [best] = fits;
  const other =
    grammar.anyLength !== undefined && (best === undefined || hasNumber(best.words))
      ? (await search(grammar.anyLength, BY_SUM)).find(({ words }) => hasNumber(words) || fits.length === 0)
      : undefined;
  const otherLength =
    other !== undefined && fits.some(({ words }) => sameWords(words, other.words)) ? undefined : other;
  const pieces = spokenPieces(part.audio);
  const hypotheses = fits
    .map((fit) => ({
      words: fit.words,
      confidence: confidenceInGrammar(
        fit,
        free,
        other !== undefined && hasNumber(fit.words) && !sameWords(fit.words, other.words) ? other : undefined,
        pieces,
      ),
      free: false,
      rank: fit.rank,
    }))
    .sort((one, next) => Number(isBelieved(next)) - Number(isBelieved(one)) || next.rank - one.rank)
    .map(({ words, confidence, free: freely }) => ({ words, confidence, free: freely }));
  if (otherLength === undefined || !isBroken(grammar.graph, otherLength.words)) return hypotheses;
  const unfinished: Hypothesis = {
    words: otherLength.words,
    confidence: confidenceInGrammar(otherLength, free, undefined, pieces),
    free: false,
    unfinished: true,
  };
  return (hypotheses[0]?.confidence ?? 0) < unfinished.confidence
    ? [unfinished, ...hypotheses]
    : [...hypotheses, unfinished];
}

const isBelieved = ({ confidence }: { readonly confidence: number }): boolean => confidence >= THRESHOLD;
const sameWords = (one: readonly string[], other: readonly string[]): boolean => one.join(' ') === other.join(' ');

/** The sentences of a grammar that fit best, no two alike. */
async function fitsOf(
  model: WhisperModel,
  heard: Heard,
  free: FreeResult & { readonly said: readonly string[] },
  automaton: TokenAutomaton,
  search: GrammarSearch,
  signal: AbortSignal,
  near?: () => TokenAutomaton | undefined,
): Promise<readonly Fit[]> {
  const readings = free.ranInCircles ? [] : automaton.readings(free.tokens);
  if (readings.length > 0 && free.mean > SURE)
    return readings.map((words) => ({
      words,
      sum: free.mean * (free.tokens.length + 1),
      mean: free.mean,
      worst: free.worst,
      rank: rankOf(free.mean * (free.tokens.length + 1), free.tokens.length + 1, 0),
    }));
  const like = near?.();
  const besides = like === undefined ? undefined : { automaton: like, rows: NEAR.rows };
  const found = await decodeInGrammar(model, heard, automaton, { ...search, besides }, signal);
  const fits = new Map<string, Fit>();
  for (const { tokens, sum, mean, worst } of found)
    for (const words of automaton.readings(tokens)) {
      const key = words.join(' ');
      const rank = rankOf(sum, tokens.length + 1, differingLetters(words, free.said));
      if (!fits.has(key)) fits.set(key, { words, sum, mean, worst, rank });
    }
  const list = [...fits.values()];
  if (search.order.by === 'mean') list.sort((a, b) => b.rank - a.rank);
  return list.slice(0, HYPOTHESES);
}
