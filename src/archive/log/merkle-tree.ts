import { createHash } from 'node:crypto';

/* The Merkle tree of RFC 9162 section 2.1 as arithmetic: which nodes a root or a proof is made of. Nodes are found by the reader. */

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const hashLeaf = (entry: Uint8Array): Buffer => createHash('sha256').update(LEAF).update(entry).digest();
export const hashNode = (left: Uint8Array, right: Uint8Array): Buffer =>
  createHash('sha256').update(NODE).update(left).update(right).digest();
const EMPTY_ROOT = createHash('sha256').digest();

/** The root of the whole subtree over the leaves `index * 2^height` up to, not with, `(index + 1) * 2^height`. */
export type ReadNode = (height: number, index: number) => Promise<Uint8Array>;

/** Leaves `from` up to, not with, `to`. */
type Range = readonly [from: number, to: number];

export async function treeRoot(size: number, read: ReadNode): Promise<Uint8Array> {
  return size === 0 ? EMPTY_ROOT : rangeHash([0, size], read);
}

/** RFC 9162 section 2.1.3.1 */
export async function inclusionNodes(index: number, size: number, read: ReadNode): Promise<readonly Uint8Array[]> {
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
  return hashes(ranges, read);
}

/** RFC 9162 section 2.1.4.1 */
export async function consistencyNodes(first: number, size: number, read: ReadNode): Promise<readonly Uint8Array[]> {
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
  return hashes(from === 0 ? ranges : [[from, to], ...ranges], read);
}

async function hashes(ranges: readonly Range[], read: ReadNode): Promise<readonly Uint8Array[]> {
  const nodes: Uint8Array[] = [];
  for (const range of ranges) nodes.push(await rangeHash(range, read));
  return nodes;
}

async function rangeHash([from, to]: Range, read: ReadNode): Promise<Uint8Array> {
  const count = to - from;
  const height = Math.round(Math.log2(count));
  if (2 ** height === count) return read(height, from / count);
  const middle = from + largestPowerBelow(count);
  return hashNode(await rangeHash([from, middle], read), await rangeHash([middle, to], read));
}

/** The largest power of two below `n`, n > 1. */
function largestPowerBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
