import { equalBytes } from './bytes.ts';
import { hashWith, type TreeHash } from './tree-hash.ts';

/* Verification of RFC 9162 proofs, word for word as the RFC has it, over SHA-256 or SM3. Sizes and indexes are whole numbers below 2^53. */

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const hashOfLeaf = (entry: Uint8Array, hash: TreeHash): Promise<Uint8Array> => hashWith(hash, LEAF, entry);
const half = (n: number): number => Math.floor(n / 2);
const odd = (n: number): boolean => n % 2 === 1;

/** The root of a tree of these leaf hashes (RFC 9162 section 2.1.1). */
export async function rootOf(hashes: readonly Uint8Array[], hash: TreeHash): Promise<Uint8Array> {
  if (hashes.length === 0) return hashWith(hash);
  let level = hashes;
  while (level.length > 1) {
    const above: Promise<Uint8Array>[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = [level[at], level[at + 1]];
      if (left !== undefined)
        above.push(right === undefined ? Promise.resolve(left) : hashWith(hash, NODE, left, right));
    }
    level = await Promise.all(above);
  }
  return level[0] ?? hashWith(hash);
}

/** Of a tree: how many leaves it has, and what they come to. */
export interface ProvenHead {
  readonly size: number;
  readonly root: Uint8Array;
  readonly hash: TreeHash;
}

/** RFC 9162 section 2.1.3.2: whether the leaf with this hash is the `index`-th of that tree. */
export async function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  { size, root, hash }: ProvenHead,
  proof: readonly Uint8Array[],
): Promise<boolean> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return false;
  let [fn, sn, r] = [index, size - 1, leaf];
  for (const node of proof) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      r = await hashWith(hash, NODE, node, r);
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else r = await hashWith(hash, NODE, r, node);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equalBytes(r, root);
}

/** RFC 9162 section 2.1.4.2: whether the tree `before` is the beginning of the tree `after`. */
export async function verifyConsistency(
  before: ProvenHead,
  after: ProvenHead,
  proof: readonly Uint8Array[],
): Promise<boolean> {
  const [from, to, fromRoot, toRoot, { hash }] = [before.size, after.size, before.root, after.root, after];
  if (before.hash !== hash) return false;
  if (!Number.isSafeInteger(from) || from < 0 || from > to) return false;
  if (from === to) return proof.length === 0 && equalBytes(fromRoot, toRoot);
  if (from === 0) return proof.length === 0 && equalBytes(fromRoot, await hashWith(hash));
  const nodes = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  const [first, ...rest] = nodes;
  if (first === undefined) return false;
  let [fn, sn] = [from - 1, to - 1];
  while (odd(fn)) [fn, sn] = [half(fn), half(sn)];
  let [fr, sr] = [first, first];
  for (const node of rest) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      [fr, sr] = [await hashWith(hash, NODE, node, fr), await hashWith(hash, NODE, node, sr)];
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else sr = await hashWith(hash, NODE, sr, node);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equalBytes(fr, fromRoot) && equalBytes(sr, toRoot);
}

function isPowerOfTwo(n: number): boolean {
  let rest = n;
  while (rest > 1 && !odd(rest)) rest = half(rest);
  return rest === 1;
}
