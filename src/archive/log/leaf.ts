import type { LeafType } from '../../verify/leaf-types.ts';

export interface Leaf {
  readonly type: LeafType;
  /** SHA-256 of what is committed to, 32 bytes. It holds a salt of 32 random bytes, so that the leaf of a destroyed recording names nobody. */
  readonly digest: Uint8Array;
}
