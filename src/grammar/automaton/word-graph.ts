import { createHash } from 'node:crypto';
import type { GrammarGraph, GrammarNode } from '../../domain/grammar-graph.ts';
import { type Deterministic, determinise } from './determinise.ts';
import { equivalentNodes } from './minimise.ts';
import type { Arc, Network } from './network.ts';

/**
 * What a recognizer needs of a grammar: its words alone, as the smallest deterministic graph. Two grammars of the same
 * sentences have the same key.
 *
 * @throws GrammarTooWide
 */
export function wordGraph(network: Network): GrammarGraph {
  const { nodes, start } = minimal(determinise(network));
  const spelled = spellingsIn(network);
  const graph = { start, nodes, ...(spelled.size === 0 ? {} : { spellings: Object.fromEntries(spelled) }) };
  const key = createHash('sha256').update(JSON.stringify(graph)).digest('hex').slice(0, 32);
  return { key, ...graph };
}

/** How words are spelled by authors, where that differs from the folded word; sorted, so that keys are stable. */
function spellingsIn(network: Network): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const { word, written } of network.arcs.flat())
    if (word !== undefined && written !== undefined) {
      const forms = found.get(word) ?? new Set();
      for (const form of written) forms.add(form);
      found.set(word, forms);
    }
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([word, forms]) => [word, [...forms].sort()]));
}

const known = new WeakMap<Network, Network>();

/**
 * The same sentences as a small network without meaning: quick to join with others into a graph.
 *
 * @throws GrammarTooWide
 */
export function wordsOf(network: Network): Network {
  let words = known.get(network);
  if (words === undefined) {
    const { nodes, start } = minimal(determinise(network));
    const end = nodes.length;
    const spelled = spellingsIn(network);
    const spell = ({ word, to }: GrammarNode['arcs'][number]): Arc => {
      const written = spelled.get(word);
      return written === undefined ? { word, to } : { word, to, written };
    };
    const arcs: readonly Arc[][] = nodes.map(({ arcs, final }) =>
      final ? [...arcs.map(spell), { to: end }] : arcs.map(spell),
    );
    words = { start, end, arcs: [...arcs, []] };
    known.set(network, words);
  }
  return words;
}

/** Its blocks, numbered from the start with words in order: the same sentences give the same graph. */
function minimal({ next, final }: Deterministic): { readonly start: number; readonly nodes: readonly GrammarNode[] } {
  const block = equivalentNodes({ next, final });
  const sample = new Map<number, number>();
  for (const [node, b] of block.entries()) if (!sample.has(b)) sample.set(b, node);
  const numbers = new Map<number, number>([[block[0] ?? 0, 0]]);
  const nodes: GrammarNode[] = [];
  for (const [b] of numbers) {
    const node = sample.get(b) ?? 0;
    const words = [...(next[node] ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    const arcs = words.map(([word, to]) => {
      const target = block[to] ?? 0;
      const number = numbers.get(target) ?? numbers.size;
      numbers.set(target, number);
      return { word, to: number };
    });
    nodes.push({ arcs, final: final[node] ?? false });
  }
  return { start: 0, nodes };
}

/** Where the words lead, if they begin a sentence of the graph. */
export function walk(graph: GrammarGraph, words: readonly string[]): GrammarNode | undefined {
  const at = placeBehind(graph, words);
  return at === undefined ? undefined : graph.nodes[at];
}

/** The same as the number of a node. Chinese words may be said character by character: 余额 as 余, 额. */
export function placeBehind(graph: GrammarGraph, words: readonly string[]): number | undefined {
  // by the number of words that are said by then: each node once, however many ways lead there
  const reached: Set<number>[] = [new Set([graph.start])];
  for (const [at, word] of words.entries())
    for (const node of reached[at] ?? [])
      for (const arc of graph.nodes[node]?.arcs ?? []) {
        const count = arc.word === word ? 1 : arc.word.length > 1 && arc.word.startsWith(word) ? arc.word.length : 0;
        if (count === 0 || words.slice(at, at + count).join('') !== arc.word) continue;
        const behind = reached[at + count];
        if (behind === undefined) reached[at + count] = new Set([arc.to]);
        else behind.add(arc.to);
      }
  const [first] = reached[words.length] ?? [];
  return first;
}
