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

/** Sentences that are looked for; several searches share the steps of the model. */
export interface GrammarSearch {
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
  /** Sentences of the same grammar that are followed to their end, and how many ways to write them at a time. */
  readonly besides?: { readonly automaton: TokenAutomaton; readonly rows: number } | undefined;
}

interface Hypothesis {
  readonly tokens: readonly number[];
  readonly sum: number;
  readonly worst: number;
  /** Without capitals, spaces and punctuation: hypotheses that differ in nothing else crowd out the others. */
  readonly folded: string;
  readonly automaton: TokenAutomaton;
  readonly state: AutomatonState;
  /** Its row of the memory. */
  readonly row: number;
}

/**
 * The most probable sentences of each search, best first.
 *
 * @param longest - tokens of a sentence, at most
 * @throws the reason of `signal`
 */
export async function decodeInGrammar(
  model: WhisperModel,
  heard: Heard,
  searches: readonly GrammarSearch[],
  longest: number,
  signal: AbortSignal,
): Promise<readonly (readonly GrammarResult[])[]> {
  const running = searches.map((search) => new RunningSearch(search, model.vocabulary));
  let scores: readonly Float32Array[] = [heard.scores];
  let memory: Memory = heard.memory;
  for (let written = 0; ; written++) {
    const next = running.map((search) => search.advance(scores, written));
    if (written >= Math.min(longest, heard.longest) || next.every((hypotheses) => hypotheses.length === 0))
      return running.map(({ done }) => done);
    signal.throwIfAborted();
    const rows = rowsOf(next.flat());
    const step = await model.step(
      heard.encoding,
      memory,
      rows.map(({ token }) => token),
      rows.map(({ continued }) => continued),
    );
    memory = step.memory;
    scores = step.scores;
    for (const [at, search] of running.entries())
      search.live = (next[at] ?? []).map((hypothesis) => ({
        ...hypothesis,
        row: rows.findIndex((row) => isRowOf(row, hypothesis)),
      }));
  }
}

class RunningSearch {
  /** Best first. */
  readonly done: GrammarResult[] = [];
  live: readonly Hypothesis[];
  readonly #search: GrammarSearch;
  readonly #vocabulary: Vocabulary;

  constructor(search: GrammarSearch, vocabulary: Vocabulary) {
    this.#search = search;
    this.#vocabulary = vocabulary;
    const automata = [search.automaton, ...(search.besides === undefined ? [] : [search.besides.automaton])];
    this.live = automata.map((automaton) => ({
      tokens: [],
      sum: 0,
      worst: 0,
      folded: '',
      automaton,
      state: automaton.start,
      row: 0,
    }));
  }

  /** Sentences that end here are done. @returns the hypotheses that go on, each a token longer */
  advance(scores: readonly Float32Array[], written: number): readonly Hypothesis[] {
    const { automaton, beam, order, besides } = this.#search;
    finish(this.live, scores, this.#vocabulary, this.done);
    this.done.sort((a, b) => b[order.by] - a[order.by]);
    const best = this.done[0]?.[order.by] ?? -Infinity;
    const of = (one: TokenAutomaton): readonly Hypothesis[] =>
      this.live.filter((hypothesis) => hypothesis.automaton === one);
    const most = written < beam.tokens ? beam.first : beam.later;
    const searched = expand(of(automaton), scores, this.#vocabulary, most).filter(({ sum, tokens }) =>
      order.by === 'sum' ? sum > best : sum / (tokens.length + 1) > best - order.spread,
    );
    const followed = besides === undefined ? [] : expand(of(besides.automaton), scores, this.#vocabulary, besides.rows);
    return [...searched, ...followed];
  }
}

interface Row {
  /** The row of the memory that it continues. */
  readonly continued: number;
  readonly token: number;
}
const isRowOf = ({ continued, token }: Row, { row, tokens }: Hypothesis): boolean =>
  continued === row && token === tokens.at(-1);

/** What the model is fed: hypotheses that have written the same share a row. */
function rowsOf(hypotheses: readonly Hypothesis[]): readonly Row[] {
  const rows: Row[] = [];
  for (const hypothesis of hypotheses)
    if (!rows.some((row) => isRowOf(row, hypothesis)))
      rows.push({ continued: hypothesis.row, token: hypothesis.tokens.at(-1) ?? 0 });
  return rows;
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
  vocabulary: Vocabulary,
  beam: number,
): Hypothesis[] {
  const candidates: { readonly from: Hypothesis; readonly token: number; readonly sum: number }[] = [];
  for (const from of live) {
    const row = scores[from.row];
    if (row === undefined) continue;
    for (const token of from.automaton.next(from.state).keys())
      candidates.push({ from, token, sum: from.sum + (row[token] ?? -Infinity) });
  }
  candidates.sort((a, b) => b.sum - a.sum);
  const alike = new Map<string, number>();
  const chosen: Hypothesis[] = [];
  for (const { from, token, sum } of candidates) {
    const state = from.automaton.next(from.state).get(token);
    if (state === undefined) continue;
    const folded = from.folded + fold(vocabulary.bytesOf(token));
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
const fold = (bytes: string): string => bytes.toLowerCase().replaceAll(/[ .,!?-]/g, '');
