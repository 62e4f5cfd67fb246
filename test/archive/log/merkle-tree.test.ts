import { expect, test } from 'vitest';
import {
  consistencyNodes,
  hashLeaf,
  hashNode,
  inclusionNodes,
  type TreeNodes,
  treeRoot,
} from '../../../src/archive/log/merkle-tree.ts';
import type { HashName } from '../../../src/lib/crypto-profile.ts';
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
function reader(entries: readonly Uint8Array[], hash: HashName = 'sha256'): TreeNodes {
  const node = (height: number, index: number): Buffer =>
    height === 0
      ? hashLeaf(entries[index] ?? new Uint8Array(), hash)
      : hashNode(node(height - 1, index * 2), node(height - 1, index * 2 + 1), hash);
  return { hash, node: (height, index) => Promise.resolve(node(height, index)) };
}

test('the roots are those of the known answers', async () => {
  expect(hex(await treeRoot(0, reader([])))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  for (const [n, root] of ROOTS.entries()) {
    expect(hex(await treeRoot(n + 1, reader(leaves)))).toBe(root);
    expect(
      hex(await rootOf(await Promise.all(leaves.slice(0, n + 1).map((leaf) => hashOfLeaf(leaf, 'sha256'))), 'sha256')),
    ).toBe(root);
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

test.each([
  ['sha256', 40],
  ['sm3', 17],
] as const)(
  '%s: every proof of every tree of up to %i leaves verifies, and none for another leaf, place, size, root or hash',
  async (hash, most) => {
    const entries = Array.from({ length: most }, (_, n) => Buffer.from(`entry ${n}`));
    const tree = reader(entries, hash);
    const roots = await Promise.all(Array.from({ length: most + 1 }, (_, size) => treeRoot(size, tree)));
    const head = (size: number, root = roots[size] ?? new Uint8Array()) => ({ size, root, hash });
    const otherHash = hash === 'sm3' ? ('sha256' as const) : ('sm3' as const);
    const other = hashLeaf(Buffer.from('another'), hash);
    for (let size = 1; size <= most; size++)
      for (let index = 0; index < size; index++) {
        const proof = await inclusionNodes(index, size, tree);
        const leaf = hashLeaf(entries[index] ?? Buffer.alloc(0), hash);
        expect(await verifyInclusion(leaf, index, head(size), proof)).toBe(true);
        const wrong = [
          verifyInclusion(other, index, head(size), proof),
          verifyInclusion(leaf, index, head(size, roots[size - 1]), proof),
          verifyInclusion(leaf, index + 1, head(size), proof),
          verifyInclusion(leaf, index, head(size), [...proof, other]),
          ...proof.map((_, n) => verifyInclusion(leaf, index, head(size), proof.with(n, other))),
          ...(proof.length === 0
            ? []
            : [
                verifyInclusion(leaf, index, { ...head(size), hash: otherHash }, proof),
                verifyInclusion(leaf, index, head(size), proof.slice(1)),
              ]),
        ];
        expect(await Promise.all(wrong)).not.toContain(true);
      }
    for (let to = 0; to <= most; to++)
      for (let from = 0; from <= to; from++) {
        const proof = await consistencyNodes(from, to, tree);
        expect(await verifyConsistency(head(from), head(to), proof)).toBe(true);
        const wrong = [
          verifyConsistency(head(from, other), head(to), proof),
          verifyConsistency({ ...head(from), hash: otherHash }, head(to), proof),
          verifyConsistency(head(from), head(to), [...proof, other]),
          ...(from === 0 ? [] : [verifyConsistency(head(from), head(to, other), proof)]),
          ...proof.map((_, n) => verifyConsistency(head(from), head(to), proof.with(n, other))),
        ];
        expect(await Promise.all(wrong)).not.toContain(true);
      }
  },
);
