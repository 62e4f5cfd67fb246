import type { Continuation, Decoding } from './decode-together.ts';
import type { AutomatonState, TokenAutomaton } from './token-automaton.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface GrammarResult {
  readonly tokens: readonly number[];
  /** Mean log-probability of a token, counting the end. */
  readonly mean: number;
  /** Log-probability of the tokens and the end. */
  readonly sum: number;
  /** Log-probability of the least probable token. In a long number one bad digit hides behind many good ones. */
  readonly worst: number;
}

/** What is looked for. */
export interface SearchOptions {
  readonly automaton: TokenAutomaton;
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
  /** Log-probability of a sentence that is known already: by the sum, only more probable ones are looked for. */
  readonly above?: number;
  /** Tokens of a sentence, at most. */
  readonly longest: number;
  /** Log-probability below which a token is not followed. */
  readonly leastToken?: number;
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

/** Looks for the most probable sentences of a grammar (beam search). */
export class GrammarSearch implements Decoding {
  /** Best first. */
  readonly done: GrammarResult[] = [];
  readonly automaton: TokenAutomaton;
  readonly #options: SearchOptions;
  readonly #vocabulary: Vocabulary;
  #live: readonly Hypothesis[];
  #written = 0;

  constructor(options: SearchOptions, vocabulary: Vocabulary) {
    this.#options = options;
    this.#vocabulary = vocabulary;
    this.automaton = options.automaton;
    this.#live = [{ tokens: [], sum: 0, worst: 0, folded: '', state: options.automaton.start, row: 0 }];
  }

  /** Sentences that end here are done; the others go on, each a token longer. */
  advance(scores: readonly Float32Array[]): readonly Continuation[] {
    const { automaton, beam, order, longest, leastToken = -Infinity, above = -Infinity } = this.#options;
    finish(this.#live, scores, this.#vocabulary, this.done);
    this.done.sort((a, b) => b[order.by] - a[order.by]);
    const best = Math.max(this.done[0]?.[order.by] ?? -Infinity, order.by === 'sum' ? above : -Infinity);
    const most = this.#written < beam.tokens ? beam.first : beam.later;
    const longer = this.#written >= longest ? [] : expand(automaton, this.#live, scores, this.#vocabulary, most);
    this.#live = longer.filter(
      ({ sum, tokens, worst }) =>
        worst >= leastToken && (order.by === 'sum' ? sum > best : sum / (tokens.length + 1) > best - order.spread),
    );
    this.#written += 1;
    return this.#live.map(({ row, tokens }) => ({ row, token: tokens.at(-1) ?? 0 }));
  }

  continued(rows: readonly number[]): void {
    this.#live = this.#live.map((hypothesis, at) => ({ ...hypothesis, row: rows[at] ?? 0 }));
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
  automaton: TokenAutomaton,
  live: readonly Hypothesis[],
  scores: readonly Float32Array[],
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
    const folded = from.folded + vocabulary.foldedOf(token);
    const seen = alike.get(folded) ?? 0;
    alike.set(folded, seen + 1);
    if (seen >= ALIKE) continue;
    const worst = Math.min(from.worst, sum - from.sum);
    chosen.push({ ...from, tokens: [...from.tokens, token], sum, worst, folded, state });
    if (chosen.length === beam) break;
  }
  return chosen;
}

/** Of hypotheses that read alike only the best two go on. */
const ALIKE = 2;
