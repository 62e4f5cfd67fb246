import type { GrammarGraph } from '../../domain/grammar-graph.ts';
import { placeBehind } from './word-graph.ts';

/**
 * What may follow words that begin a sentence of a graph, or the whole sentence from its beginning: people who broke off go on,
 * or say all of it again. The graph itself when the words begin nothing.
 */
export function restOfGraph(graph: GrammarGraph, words: readonly string[]): GrammarGraph {
  const at = placeBehind(graph, words);
  if (at === undefined || at === graph.start) return graph;
  const [rest, whole] = [graph.nodes[at]?.arcs ?? [], graph.nodes[graph.start]?.arcs ?? []];
  const start = graph.nodes.length;
  return {
    ...graph,
    key: `${graph.key} from ${at}`,
    start,
    nodes: [...graph.nodes, { arcs: [...rest, ...whole], final: false }],
  };
}
