import { expect, test } from 'vitest';
import {
  consistencyNodes,
  hashLeaf,
  hashNode,
  inclusionNodes,
  type ReadNode,
  treeRoot,
} from '../../../src/archive/log/merkle-tree.ts';
import { hashOfLeaf, rootOf, verifyConsistency, verifyInclusion } from '../../../src/verify/merkle.ts';

/** The eight leaves of the test vectors of RFC 6962's reference implementation, and the roots of their first 1, 2, … 8. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const leaves = LEAVES.map((hex) => Buffer.from(hex, 'hex'));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Every node straight from the leaves, by the recursive definition. */
function reader(entries: readonly Uint8Array[]): ReadNode {
  const node = (height: number, index: number): Buffer =>
    height === 0
      ? hashLeaf(entries[index] ?? new Uint8Array())
      : hashNode(node(height - 1, index * 2), node(height - 1, index * 2 + 1));
  return (height, index) => Promise.resolve(node(height, index));
}

test('the roots are those of the known answers', async () => {
  expect(hex(await treeRoot(0, reader([])))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  for (const [n, root] of ROOTS.entries()) {
    expect(hex(await treeRoot(n + 1, reader(leaves)))).toBe(root);
    expect(hex(await rootOf(await Promise.all(leaves.slice(0, n + 1).map(hashOfLeaf))))).toBe(root);
  }
});

test('the proofs are those of the known answers', async () => {
  const read = reader(leaves);
  const inclusion = async (index: number, size: number): Promise<string[]> =>
    (await inclusionNodes(index, size, read)).map(hex);
  const consistency = async (from: number, to: number): Promise<string[]> =>
    (await consistencyNodes(from, to, read)).map(hex);
  expect(await inclusion(0, 8)).toEqual([
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ]);
  expect(await inclusion(5, 8)).toEqual([
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
  expect(await consistency(1, 8)).toEqual([
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ]);
  expect(await consistency(6, 8)).toEqual([
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
});

test('every proof of every tree of up to 40 leaves verifies, and none for another leaf, place, size or root', async () => {
  const entries = Array.from({ length: 40 }, (_, n) => Buffer.from(`entry ${n}`));
  const read = reader(entries);
  const roots = await Promise.all(Array.from({ length: 41 }, (_, size) => treeRoot(size, read)));
  const root = (size: number): Uint8Array => roots[size] ?? new Uint8Array();
  for (let size = 1; size <= 40; size++)
    for (let index = 0; index < size; index++) {
      const proof = await inclusionNodes(index, size, read);
      const hash = hashLeaf(entries[index] ?? Buffer.alloc(0));
      expect(await verifyInclusion(hash, index, size, proof, root(size))).toBe(true);
      const other = hashLeaf(Buffer.from('another'));
      const wrong = [
        verifyInclusion(other, index, size, proof, root(size)),
        verifyInclusion(hash, index, size, proof, root(size - 1)),
        verifyInclusion(hash, index + 1, size, proof, root(size)),
        verifyInclusion(hash, index, size, [...proof, other], root(size)),
        ...proof.map((_, n) => verifyInclusion(hash, index, size, proof.with(n, other), root(size))),
        ...(proof.length === 0 ? [] : [verifyInclusion(hash, index, size, proof.slice(1), root(size))]),
      ];
      expect(await Promise.all(wrong)).not.toContain(true);
    }
  for (let to = 0; to <= 40; to++)
    for (let from = 0; from <= to; from++) {
      const proof = await consistencyNodes(from, to, read);
      expect(await verifyConsistency(from, to, proof, root(from), root(to))).toBe(true);
      const other = hashLeaf(Buffer.from('another'));
      const wrong = [
        verifyConsistency(from, to, proof, other, root(to)),
        verifyConsistency(from, to, [...proof, other], root(from), root(to)),
        ...(from === 0 ? [] : [verifyConsistency(from, to, proof, root(from), other)]),
        ...proof.map((_, n) => verifyConsistency(from, to, proof.with(n, other), root(from), root(to))),
      ];
      expect(await Promise.all(wrong)).not.toContain(true);
    }
});
