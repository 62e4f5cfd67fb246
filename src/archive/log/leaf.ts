import { createHash } from 'node:crypto';
import type { HashName } from '../../lib/crypto-profile.ts';
import type { LeafType } from '../../verify/leaf-types.ts';

export interface Leaf {
  readonly type: LeafType;
  /** What is committed to, hashed as the log's tree is; 32 bytes. It holds a salt of 32 random bytes, so that the leaf of a destroyed recording names nobody. */
  readonly digest: Uint8Array;
}

export const leafOf = (type: LeafType, text: string, hash: HashName): Leaf => ({
  type,
  digest: createHash(hash).update(text).digest(),
});
