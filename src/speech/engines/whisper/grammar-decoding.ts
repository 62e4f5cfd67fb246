import type { Heard } from './heard.ts';
import type { AutomatonState, TokenAutomaton } from './token-automaton.ts';
import type { Vocabulary } from './vocabulary.ts';
import type { Memory, WhisperModel } from './whisper-model.ts';

export interface GrammarResult {
  readonly tokens: readonly number[];
  /** Mean log-probability of a token, counting the end. */
  readonly mean: number;
  /** Log-probability of the tokens and the end. */
  readonly sum: number;
  /** Log-probability of the least probable token. In a long number one bad digit hides behind many good ones. */
  readonly worst: number;
}

export interface GrammarSearch {
  /**
   * Hypotheses that go on: more while the first tokens are written. What a sentence begins with is often its least probable
   * word, and what is given up there is lost.
   */
  readonly beam: { readonly first: number; readonly tokens: number; readonly later: number };
  /**
   * What is best. By the mean, sentences of any length compete alike, and the search goes on while one may still be found
   * that is at most `spread` below the best. By the sum, no loop can make itself look better by going on: for numbers of any length.
   */
  readonly order: { readonly by: 'mean'; readonly spread: number } | { readonly by: 'sum' };
  readonly longest: number;
}

interface Hypothesis {
  readonly tokens: readonly number[];
  readonly sum: number;
  readonly worst: number;
  /** Without capitals, spaces and punctuation: hypotheses that differ in nothing else crowd out the others. */
  readonly folded: string;
  readonly state: AutomatonState;
  /** Its row of the memory. */
  readonly row: number;
}

/** The most probable sentences of a grammar, best first. @throws the reason of `signal` */
export async function decodeInGrammar(
  model: WhisperModel,
  heard: Heard,
  automaton: TokenAutomaton,
  search: GrammarSearch,
  signal: AbortSignal,
): Promise<GrammarResult[]> {
  const { vocabulary } = model;
  const done: GrammarResult[] = [];
  const longest = Math.min(search.longest, heard.longest);
  let live: readonly Hypothesis[] = [{ tokens: [], sum: 0, worst: 0, folded: '', state: automaton.start, row: 0 }];
  let scores: readonly Float32Array[] = [heard.scores];
  let memory: Memory = heard.memory;
  for (;;) {
    finish(live, scores, vocabulary, done);
    const { order } = search;
    done.sort((a, b) => b[order.by] - a[order.by]);
    const best = done[0]?.[order.by] ?? -Infinity;
    const { first, tokens: firstTokens, later } = search.beam;
    const beam = (live[0]?.tokens.length ?? 0) < firstTokens ? first : later;
    const next = expand(live, scores, automaton, vocabulary, beam).filter(({ sum, tokens }) =>
      order.by === 'sum' ? sum > best : sum / (tokens.length + 1) > best - order.spread,
    );
    if (next.length === 0 || (next[0]?.tokens.length ?? 0) > longest) return done;
    signal.throwIfAborted();
    const step = await model.step(
      heard.encoding,
      memory,
      next.map(({ tokens }) => tokens.slice(-1)),
      next.map(({ row }) => row),
    );
    memory = step.memory;
    scores = step.scores;
    live = next.map((hypothesis, row) => ({ ...hypothesis, row }));
  }
}

function finish(
  live: readonly Hypothesis[],
  scores: readonly Float32Array[],
  vocabulary: Vocabulary,
  done: GrammarResult[],
): void {
  for (const { tokens, sum, worst, state, row } of live) {
    if (!state.final || tokens.length === 0) continue;
    const end = scores[row]?.[vocabulary.end] ?? -Infinity;
    done.push({ tokens, sum: sum + end, mean: (sum + end) / (tokens.length + 1), worst: Math.min(worst, end) });
  }
}

function expand(
  live: readonly Hypothesis[],
  scores: readonly Float32Array[],
  automaton: TokenAutomaton,
  vocabulary: Vocabulary,
  beam: number,
): Hypothesis[] {
  const candidates: { readonly from: Hypothesis; readonly token: number; readonly sum: number }[] = [];
  for (const from of live) {
    const row = scores[from.row];
    if (row === undefined) continue;
    for (const token of automaton.next(from.state).keys())
      candidates.push({ from, token, sum: from.sum + (row[token] ?? -Infinity) });
  }
  candidates.sort((a, b) => b.sum - a.sum);
  const alike = new Map<string, number>();
  const chosen: Hypothesis[] = [];
  for (const { from, token, sum } of candidates) {
    const state = automaton.next(from.state).get(token);
    if (state === undefined) continue;
    const folded = from.folded + fold(vocabulary.bytesOf(token));
    const seen = alike.get(folded) ?? 0;
    alike.set(folded, seen + 1);
    if (seen >= ALIKE) continue;
    const worst = Math.min(from.worst, sum - from.sum);
    chosen.push({ tokens: [...from.tokens, token], sum, worst, folded, state, row: from.row });
    if (chosen.length === beam) break;
  }
  return chosen;
}

/** Of hypotheses that read alike only the best two go on. */
const ALIKE = 2;
const fold = (bytes: string): string => bytes.toLowerCase().replaceAll(/[ .,!?-]/g, '');
