import { createHash } from 'node:crypto';

/**
 * The algorithms that the archive goes by. `international`: Ed25519, SHA-256, AES. `national` (GB/T 39786): SM2 beside Ed25519, SM3, SM4; SHA-256 stays
 * beside SM3 where others compare files by it.
 */
export type CryptoProfile = 'international' | 'national';

/** What trees and chunks are hashed with. */
export type HashName = 'sha256' | 'sm3';

export const hashOf = (profile: CryptoProfile): HashName => (profile === 'national' ? 'sm3' : 'sha256');

/** Of a content, hexadecimal. */
export interface Digests {
  readonly sha256: string;
  /** With the national profile. */
  readonly sm3?: string;
}

export interface DigestStream {
  update(piece: Uint8Array): void;
  finish(): Digests;
}

export function openDigests(profile: CryptoProfile): DigestStream {
  const sha256 = createHash('sha256');
  const sm3 = profile === 'national' ? createHash('sm3') : undefined;
  return {
    update(piece) {
      sha256.update(piece);
      sm3?.update(piece);
    },
    finish: () => ({ sha256: sha256.digest('hex'), ...(sm3 === undefined ? {} : { sm3: sm3.digest('hex') }) }),
  };
}

export function digestsOf(content: Uint8Array, profile: CryptoProfile): Digests {
  const stream = openDigests(profile);
  stream.update(content);
  return stream.finish();
}
