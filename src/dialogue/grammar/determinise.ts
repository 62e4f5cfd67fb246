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
 * Rabin and Scott's subset construction. Node 0 is the start.
 *
 * @throws GrammarTooWide before it takes more than a second or so
 */
export function determinise(network: Network): Deterministic {
  const known = new Map<string, number>();
  const sets: number[][] = [];
  let total = 0;
  const intern = (nodes: readonly number[]): number => {
    const closed = closure(network, nodes);
    total += closed.length;
    if (closed.length > LIMITS.width || total > LIMITS.total || sets.length > LIMITS.nodes)
      throw new GrammarTooWide(`more than ${LIMITS.nodes} nodes`);
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

/** Every node that is reached without a word. */
function closure(network: Network, nodes: readonly number[]): number[] {
  const reached = new Set(nodes);
  for (const node of reached)
    for (const arc of network.arcs[node] ?? []) if (arc.word === undefined) reached.add(arc.to);
  return [...reached].sort((a, b) => a - b);
}
