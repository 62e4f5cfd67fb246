import type { GrammarGraph } from '../../../domain/grammar-graph.ts';
import { withAnyLength } from './digit-runs.ts';
import { TokenAutomaton } from './token-automaton.ts';
import type { SpokenLanguage } from '../../../language/spoken-language.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A grammar as the decoder walks it. */
export interface CompiledGrammar {
  readonly language: SpokenLanguage;
  readonly graph: GrammarGraph;
  readonly automaton: TokenAutomaton;
  /** The same with numbers of any length, to check those that were found; undefined when it has none. */
  readonly anyLength: TokenAutomaton | undefined;
}

export function compileGrammar(graph: GrammarGraph, vocabulary: Vocabulary, language: SpokenLanguage): CompiledGrammar {
  const anyLength = withAnyLength(graph);
  return {
    language,
    graph,
    automaton: new TokenAutomaton(graph, vocabulary, language),
    anyLength: anyLength === undefined ? undefined : new TokenAutomaton(anyLength, vocabulary, language),
  };
}

/** Whether the words begin a sentence of the graph and are not a whole one. */
export function isBroken(graph: GrammarGraph, words: readonly string[]): boolean {
  const at = nodesBehind(graph, words);
  return at.size > 0 && !hasFinal(graph, at);
}

/** Whether the words are a whole sentence of the graph. */
export const isSentence = (graph: GrammarGraph, words: readonly string[]): boolean =>
  hasFinal(graph, nodesBehind(graph, words));

function nodesBehind(graph: GrammarGraph, words: readonly string[]): ReadonlySet<number> {
  let at = new Set([graph.start]);
  for (const word of words)
    at = new Set(
      [...at].flatMap((node) => (graph.nodes[node]?.arcs ?? []).filter((arc) => arc.word === word).map(({ to }) => to)),
    );
  return at;
}

const hasFinal = (graph: GrammarGraph, nodes: ReadonlySet<number>): boolean =>
  [...nodes].some((node) => graph.nodes[node]?.final === true);
