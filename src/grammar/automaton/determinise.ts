import type { Network } from './network.ts';

export interface Deterministic {
  readonly next: readonly ReadonlyMap<string, number>[];
  readonly final: readonly boolean[];
}

/** Of one network. The hotline's largest question has a tenth of this. */
const LIMITS = {
  /** Nodes of the deterministic graph. */
  nodes: 20_000,
  /** Nodes of the network in one of them: what interpreting a sentence looks at for each word. */
  width: 5_000,
  /** Of all of them together: what building takes. */
  total: 600_000,
};

/** A grammar with too many continuations of the same words: its graph would grow without bound. */
export class GrammarTooWide extends Error {
  override readonly name = 'GrammarTooWide';
}

/**
 * Rabin and Scott's subset construction. Node 0 is the start. Of each set only the nodes that a word leaves, and the end, are kept:
 * the others tell nothing apart.
 *
 * @throws GrammarTooWide before it takes more than a second or so
 */
export function determinise(network: Network): Deterministic {
  const closureOf = closuresIn(network);
  const known = new Map<string, number>();
  /** The set that a single node leads to, which is most of them. */
  const ofOne: (number | undefined)[] = [];
  const sets: (readonly number[])[] = [];
  let total = 0;
  const intern = (nodes: readonly number[]): number => {
    const { size, telling } = closureOf(nodes);
    total += size;
    if (size > LIMITS.width || total > LIMITS.total || sets.length > LIMITS.nodes)
      throw new GrammarTooWide(`more than ${LIMITS.nodes} nodes`);
    const key = telling.join();
    let id = known.get(key);
    if (id === undefined) {
      id = sets.push(telling) - 1;
      known.set(key, id);
    }
    return id;
  };
  const target = (nodes: readonly number[]): number => {
    const [one] = nodes;
    return nodes.length > 1 || one === undefined ? intern(nodes) : (ofOne[one] ??= intern(nodes));
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
    const arcs = new Map<string, number>();
    for (const [word, nodes] of targets) arcs.set(word, target(nodes));
    next.push(arcs);
  }
  return { next, final: sets.map((nodes) => nodes.includes(network.end)) };
}

interface Closure {
  /** Of all nodes that are reached without a word. */
  readonly size: number;
  /** Those of them that a word leaves, and the end; ascending. */
  readonly telling: readonly number[];
}

function closuresIn({ arcs, end }: Network): (nodes: readonly number[]) => Closure {
  const telling = arcs.map((leaving, node) => node === end || leaving.some(({ word }) => word !== undefined));
  const silent = arcs.map((leaving) => leaving.filter(({ word }) => word === undefined).map(({ to }) => to));
  /** In which closure a node was reached last: no set of what was reached has to be made. */
  const reachedIn = new Uint32Array(arcs.length);
  let round = 0;
  return (nodes) => {
    round += 1;
    const reached: number[] = [];
    const reach = (node: number): void => {
      if (reachedIn[node] === round) return;
      reachedIn[node] = round;
      reached.push(node);
    };
    for (const node of nodes) reach(node);
    for (const node of reached) for (const to of silent[node] ?? []) reach(to);
    return { size: reached.length, telling: reached.filter((node) => telling[node]).sort((a, b) => a - b) };
  };
}
