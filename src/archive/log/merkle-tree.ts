import { createHash } from 'node:crypto';
import type { HashName } from '../../lib/crypto-profile.ts';

/* The Merkle tree of RFC 9162 section 2.1 as arithmetic: which nodes a root or a proof is made of. Nodes are found by the reader. */

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const hashLeaf = (entry: Uint8Array, hash: HashName): Buffer =>
  createHash(hash).update(LEAF).update(entry).digest();
export const hashNode = (left: Uint8Array, right: Uint8Array, hash: HashName): Buffer =>
  createHash(hash).update(NODE).update(left).update(right).digest();

/** The root of the whole subtree over the leaves `index * 2^height` up to, not with, `(index + 1) * 2^height`. */
export type ReadNode = (height: number, index: number) => Promise<Uint8Array>;

/** The nodes of a tree, and what it is hashed with. */
export interface TreeNodes {
  readonly hash: HashName;
  readonly node: ReadNode;
}

/** Leaves `from` up to, not with, `to`. */
type Range = readonly [from: number, to: number];

export async function treeRoot(size: number, tree: TreeNodes): Promise<Uint8Array> {
  return size === 0 ? createHash(tree.hash).digest() : rangeHash([0, size], tree);
}

/** RFC 9162 section 2.1.3.1 */
export async function inclusionNodes(index: number, size: number, tree: TreeNodes): Promise<readonly Uint8Array[]> {
  const ranges: Range[] = [];
  for (let [from, to] = [0, size]; to - from > 1; ) {
    const middle = from + largestPowerBelow(to - from);
    if (index < middle) {
      ranges.unshift([middle, to]);
      to = middle;
    } else {
      ranges.unshift([from, middle]);
      from = middle;
    }
  }
  return hashes(ranges, tree);
}

/** RFC 9162 section 2.1.4.1 */
export async function consistencyNodes(first: number, size: number, tree: TreeNodes): Promise<readonly Uint8Array[]> {
  if (first === 0 || first === size) return [];
  const ranges: Range[] = [];
  let [from, to] = [0, size];
  while (to !== first) {
    const middle = from + largestPowerBelow(to - from);
    if (first <= middle) {
      ranges.unshift([middle, to]);
      to = middle;
    } else {
      ranges.unshift([from, middle]);
      from = middle;
    }
  }
  // the verifier has the old root already when it is one whole subtree from the first leaf on
  return hashes(from === 0 ? ranges : [[from, to], ...ranges], tree);
}

async function hashes(ranges: readonly Range[], tree: TreeNodes): Promise<readonly Uint8Array[]> {
  const nodes: Uint8Array[] = [];
  for (const range of ranges) nodes.push(await rangeHash(range, tree));
  return nodes;
}

async function rangeHash([from, to]: Range, tree: TreeNodes): Promise<Uint8Array> {
  const count = to - from;
  const height = Math.round(Math.log2(count));
  if (2 ** height === count) return tree.node(height, from / count);
  const middle = from + largestPowerBelow(count);
  return hashNode(await rangeHash([from, middle], tree), await rangeHash([middle, to], tree), tree.hash);
}

/** The largest power of two below `n`, n > 1. */
function largestPowerBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
