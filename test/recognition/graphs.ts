import type { GrammarGraph } from '../../src/domain/grammar-graph.ts';

/** A trie of whole phrases. */
export function trieOf(phrases: readonly string[]): GrammarGraph {
  const nodes: { arcs: { word: string; to: number }[]; final: boolean }[] = [{ arcs: [], final: false }];
  for (const phrase of phrases) {
    let at = 0;
    for (const word of phrase.split(' ')) {
      let arc = nodes[at]!.arcs.find((known) => known.word === word);
      if (arc === undefined) {
        arc = { word, to: nodes.push({ arcs: [], final: false }) - 1 };
        nodes[at]!.arcs.push(arc);
      }
      at = arc.to;
    }
    nodes[at]!.final = true;
  }
  return { key: phrases.join('|'), start: 0, nodes };
}

const DIGITS = ['zero', 'oh', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** So many digits, one by one. */
export const digitsOf = (least: number, most: number): GrammarGraph => ({
  key: `digits ${least} ${most}`,
  start: 0,
  nodes: Array.from({ length: most + 1 }, (_, at) => ({
    arcs: at < most ? DIGITS.map((word) => ({ word, to: at + 1 })) : [],
    final: at >= least,
  })),
});
