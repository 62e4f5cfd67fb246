import type { Deterministic } from './determinise.ts';

/**
 * Hopcroft's algorithm, in n log n: which nodes of a deterministic graph begin the same sentences.
 *
 * @returns the block of each node
 */
export function equivalentNodes({ next, final }: Deterministic): readonly number[] {
  const into = intoEach(next);
  const blockOf: number[] = final.map((is) => (is === final[0] ? 0 : 1));
  const blocks: Set<number>[] = [new Set(), new Set()];
  for (const [node, block] of blockOf.entries()) blocks[block]?.add(node);
  const waiting = new Set([0, 1]);
  for (const splitter of waiting) {
    waiting.delete(splitter);
    const before = new Map<string, number[]>();
    for (const node of blocks[splitter] ?? [])
      for (const [word, from] of into[node] ?? []) {
        const found = before.get(word);
        if (found === undefined) before.set(word, [from]);
        else found.push(from);
      }
    for (const nodes of before.values()) split(nodes);
  }
  return blockOf;

  /** Parts each block into those that lead into the splitter by one word and those that do not. */
  function split(leading: readonly number[]): void {
    const touched = new Map<number, number[]>();
    for (const node of leading) {
      const block = blockOf[node] ?? 0;
      const found = touched.get(block);
      if (found === undefined) touched.set(block, [node]);
      else found.push(node);
    }
    for (const [block, part] of touched) {
      const rest = blocks[block];
      if (rest === undefined || part.length === rest.size) continue;
      const fresh = blocks.push(new Set(part)) - 1;
      for (const node of part) {
        blockOf[node] = fresh;
        rest.delete(node);
      }
      waiting.add(waiting.has(block) || part.length <= rest.size ? fresh : block);
    }
  }
}

function intoEach(next: Deterministic['next']): (readonly (readonly [word: string, from: number])[])[] {
  const into: (readonly [string, number])[][] = next.map(() => []);
  for (const [from, arcs] of next.entries()) for (const [word, to] of arcs) into[to]?.push([word, from]);
  return into;
}
