import { firstStepGain } from './free-decoding.ts';
import {
  type Heard,
  type Logits,
  type Memory,
  type MoonshineModel,
  normaliser,
  recall,
  score,
} from './moonshine-model.ts';
import type { AutomatonState, TokenAutomaton } from './token-automaton.ts';
import { BEGIN, beginsWord, END, foldedPiece } from './tokens.ts';

export interface BeamResult {
  readonly tokens: readonly number[];
  /** Log-probability of the tokens and the end, given that something was said. */
  readonly logp: number;
  /** What they are ordered by: `logp` and the reward for length. */
  readonly rank: number;
}

export interface BeamOptions {
  readonly beam: number;
  /** Candidates so much less probable than the best are given up. */
  readonly width: number;
  /**
   * Every further token costs probability, so one word might stand for a long utterance: each word is rewarded, up to as
   * many as the slowest speaker says in that time.
   */
  readonly reward: { readonly perWord: number; readonly words: number };
  /** The search goes on while a sentence may still be found that is so much less probable than the best. */
  readonly spread: number;
  readonly longest: number;
}

interface Hypothesis {
  /** Beginning with BEGIN. The last `unfed` of them the decoder has not seen. */
  readonly tokens: readonly number[];
  readonly unfed: number;
  readonly logp: number;
  /** Without capitals, spaces and punctuation: hypotheses that differ in nothing else crowd out the others. */
  readonly folded: string;
  /** Words and digits begun. */
  readonly words: number;
  readonly state: AutomatonState;
  /** Its row of the memory. */
  readonly row: number;
}

/**
 * The most probable sentences of a grammar, best first. A run of tokens that the grammar forces is fed in one step, so rows
 * may be of unequal length: all are cut back to the shortest, and what was cut is fed again with what is new.
 */
export async function decodeInGrammar(
  model: MoonshineModel,
  heard: Heard,
  automaton: TokenAutomaton,
  options: BeamOptions,
  signal: AbortSignal,
): Promise<BeamResult[]> {
  const done: BeamResult[] = [];
  const origin: Hypothesis = {
    tokens: [BEGIN],
    unfed: 0,
    logp: firstStepGain(heard.first),
    folded: '',
    words: 0,
    state: automaton.start,
    row: 0,
  };
  let live = expand([origin], heard.first, 0, automaton, done, options);
  let memory: Memory = heard.memory;
  while (live.length > 0) {
    signal.throwIfAborted();
    const kept = Math.min(...live.map(({ tokens, unfed }) => tokens.length - unfed));
    const width = Math.max(...live.map(({ tokens }) => tokens.length)) - kept;
    const rows = live.map(({ tokens }) => Array.from({ length: width }, (_, index) => tokens[kept + index] ?? END));
    const fed = await model.feed(
      heard,
      recall(
        memory,
        live.map(({ row }) => row),
        kept,
      ),
      rows,
    );
    memory = fed.memory;
    const scored = live.map((hypothesis, row) => withForcedScores(hypothesis, row, fed.logits, kept));
    live = expand(scored, fed.logits, kept, automaton, done, options);
  }
  return done;
}

const rewardFor = (words: number, { reward }: BeamOptions): number => reward.perWord * Math.min(words, reward.words);

/** Adds the log-probabilities of the run that was fed after its first token. */
function withForcedScores(hypothesis: Hypothesis, row: number, logits: Logits, kept: number): Hypothesis {
  const { tokens, unfed } = hypothesis;
  let { logp } = hypothesis;
  for (let index = tokens.length - unfed + 1; index < tokens.length; index++) {
    const position = index - 1 - kept;
    logp += score(logits, row, position, tokens[index] ?? END) - normaliser(logits, row, position);
  }
  return { ...hypothesis, logp, row, unfed: 0 };
}

function expand(
  scored: readonly Hypothesis[],
  logits: Logits,
  kept: number,
  automaton: TokenAutomaton,
  done: BeamResult[],
  options: BeamOptions,
): Hypothesis[] {
  const candidates: Hypothesis[] = [];
  for (const { tokens, logp, folded, words, state, row } of scored) {
    const position = tokens.length - 1 - kept;
    const total = normaliser(logits, row, position);
    if (state.final) {
      const ended = logp + score(logits, row, position, END) - total;
      done.push({ tokens: tokens.slice(1), logp: ended, rank: ended + rewardFor(words, options) });
    }
    if (tokens.length > options.longest) continue;
    for (const [token, next] of automaton.next(state))
      candidates.push({
        tokens: [...tokens, token],
        unfed: 1,
        folded: folded + foldedPiece(token),
        words: words + (beginsWord(token) ? 1 : 0),
        logp: logp + score(logits, row, position, token) - total,
        state: next,
        row,
      });
  }
  candidates.sort((a, b) => b.logp - a.logp);
  done.sort((a, b) => b.rank - a.rank);
  const best = candidates[0]?.logp ?? 0;
  const floor = (done[0]?.rank ?? -Infinity) - options.spread;
  return diverse(candidates, options.beam)
    .filter(({ logp, words }) => logp > best - options.width && logp + rewardFor(words, options) > floor)
    .map((hypothesis) => forced(hypothesis, automaton, options.longest));
}

const ALIKE = 2;

/** The best `count` of sorted candidates, of those that read alike only the best two. */
function diverse(candidates: readonly Hypothesis[], count: number): Hypothesis[] {
  const alike = new Map<string, number>();
  const chosen: Hypothesis[] = [];
  for (const candidate of candidates) {
    const seen = alike.get(candidate.folded) ?? 0;
    if (seen < ALIKE) chosen.push(candidate);
    alike.set(candidate.folded, seen + 1);
    if (chosen.length === count) break;
  }
  return chosen;
}

/** Follows the grammar as long as it leaves no choice. */
function forced(hypothesis: Hypothesis, automaton: TokenAutomaton, longest: number): Hypothesis {
  const tokens = [...hypothesis.tokens];
  let { state, unfed, folded, words } = hypothesis;
  while (!state.final && tokens.length < longest) {
    const next = automaton.next(state);
    const [only] = next;
    if (only === undefined || next.size > 1) break;
    tokens.push(only[0]);
    state = only[1];
    folded += foldedPiece(only[0]);
    if (beginsWord(only[0])) words++;
    unfed++;
  }
  return { ...hypothesis, tokens, state, unfed, folded, words };
}
