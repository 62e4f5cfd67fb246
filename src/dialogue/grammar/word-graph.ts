import { createHash } from 'node:crypto';
import type { GrammarGraph, GrammarNode } from '../../domain/grammar-graph.ts';
import type { Arc, Network } from './network.ts';

/**
 * What a recognizer needs of a grammar: its words alone, as the smallest deterministic graph. Two grammars of the same
 * sentences have the same key.
 */
export function wordGraph(network: Network): GrammarGraph {
  const { nodes, start } = minimal(deterministic(network));
  const key = createHash('sha256').update(JSON.stringify({ start, nodes })).digest('hex').slice(0, 32);
  return { key, start, nodes };
}

const known = new WeakMap<Network, Network>();

/** The same sentences as a small network without meaning: quick to join with others into a graph. */
export function wordsOf(network: Network): Network {
  let words = known.get(network);
  if (words === undefined) {
    const { nodes, start } = minimal(deterministic(network));
    const end = nodes.length;
    const arcs: readonly Arc[][] = nodes.map(({ arcs, final }) => (final ? [...arcs, { to: end }] : [...arcs]));
    words = { start, end, arcs: [...arcs, []] };
    known.set(network, words);
  }
  return words;
}

interface Deterministic {
  readonly next: readonly ReadonlyMap<string, number>[];
  readonly final: readonly boolean[];
}

/** Every node that is reached without a word. */
function closure(network: Network, nodes: readonly number[]): number[] {
  const reached = new Set(nodes);
  for (const node of reached)
    for (const arc of network.arcs[node] ?? []) if (arc.word === undefined) reached.add(arc.to);
  return [...reached].sort((a, b) => a - b);
}

/** Rabin and Scott's subset construction. Node 0 is the start. */
function deterministic(network: Network): Deterministic {
  const known = new Map<string, number>();
  const sets: number[][] = [];
  const intern = (nodes: readonly number[]): number => {
    const closed = closure(network, nodes);
    const key = closed.join();
    let id = known.get(key);
    if (id === undefined) {
      id = sets.push(closed) - 1;
      known.set(key, id);
    }
    return id;
  };
  intern([network.start]);
  const next: Map<string, number>[] = [];
  for (let id = 0; id < sets.length; id++) {
    const targets = new Map<string, number[]>();
    for (const node of sets[id] ?? [])
      for (const arc of network.arcs[node] ?? []) {
        if (arc.word === undefined) continue;
        const found = targets.get(arc.word);
        if (found === undefined) targets.set(arc.word, [arc.to]);
        else found.push(arc.to);
      }
    next.push(new Map([...targets].map(([word, nodes]) => [word, intern(nodes)])));
  }
  return { next, final: sets.map((nodes) => nodes.includes(network.end)) };
}

/** Moore's partition refinement, then numbered from the start with words in order: the same sentences give the same graph. */
function minimal({ next, final }: Deterministic): { readonly start: number; readonly nodes: readonly GrammarNode[] } {
  const words = next.map((arcs) => [...arcs].sort(([a], [b]) => (a < b ? -1 : 1)));
  let block = final.map(Number);
  for (let count = new Set(block).size; ; ) {
    const known = new Map<string, number>();
    const refined = words.map((arcs, node) => {
      const key = `${block[node]} ${arcs.map(([word, to]) => `${word}>${block[to]}`).join(' ')}`;
      const found = known.get(key) ?? known.size;
      known.set(key, found);
      return found;
    });
    block = refined;
    if (known.size === count) break;
    count = known.size;
  }
  const sample = new Map<number, number>();
  for (const [node, b] of block.entries()) if (!sample.has(b)) sample.set(b, node);
  const numbers = new Map<number, number>([[block[0] ?? 0, 0]]);
  const nodes: GrammarNode[] = [];
  for (const [b] of numbers) {
    const node = sample.get(b) ?? 0;
    const arcs = (words[node] ?? []).map(([word, to]) => {
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
  let node = graph.nodes[graph.start];
  for (const word of words) {
    const arc = node?.arcs.find((arc) => arc.word === word);
    if (arc === undefined) return undefined;
    node = graph.nodes[arc.to];
  }
  return node;
}
