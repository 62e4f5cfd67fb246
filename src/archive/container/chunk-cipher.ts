import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { IvrError } from '../../domain/error.ts';
import { sm4KeysOf } from '../national/sm4-keys.ts';
import { openSm4, sealSm4, SM4_NONCE_BYTES, SM4_TAG_BYTES } from '../national/sm4-seal.ts';
import type { ContainerHeader } from './container.ts';

/* How one chunk of a container is sealed. */

export interface ChunkCipher {
  readonly tagBytes: number;
  /** Ciphertext and tag. */
  seal(plain: Uint8Array, index: number, last: boolean): Uint8Array;
  /** Undefined: it is not what was sealed there. */
  open(sealed: Uint8Array, index: number, last: boolean): Uint8Array | undefined;
}

/** A nonce begins with these random bytes; then the chunk's number in 4, and 1 in the byte after it in the last chunk's. */
export const NONCE_PREFIX_BYTES = 7;
const GCM_TAG_BYTES = 16;

/**
 * @param key - 32 bytes, of this container alone
 * @param head - magic, length and header: authenticated with every chunk
 */
export function chunkCipher(
  { cipher }: Pick<ContainerHeader, 'cipher'>,
  key: Uint8Array,
  prefix: Uint8Array,
  head: Uint8Array,
): ChunkCipher {
  return cipher === undefined ? aesGcm(key, prefix, head) : sm4(key, prefix, head);
}

/** GCM has a nonce of 12 bytes; the counter of CTR has the 4 at its end, for 4,096 blocks a chunk. */
function nonceOf(prefix: Uint8Array, index: number, last: boolean, bytes: number): Uint8Array {
  const nonce = new Uint8Array(bytes);
  nonce.set(prefix);
  new DataView(nonce.buffer).setUint32(NONCE_PREFIX_BYTES, index);
  nonce[NONCE_PREFIX_BYTES + 4] = last ? 1 : 0;
  return nonce;
}

/** Nonces never meet: each container has a data key of its own, and each chunk a number. (STREAM: Hoang, Reyhanitabar, Rogaway and Vizár, 2015) */
function aesGcm(key: Uint8Array, prefix: Uint8Array, head: Uint8Array): ChunkCipher {
  const options = { authTagLength: GCM_TAG_BYTES };
  const aad = createHash('sha256').update(head).digest();
  return {
    tagBytes: GCM_TAG_BYTES,
    seal(plain, index, last) {
      const cipher = createCipheriv('aes-256-gcm', key, nonceOf(prefix, index, last, 12), options);
      cipher.setAAD(aad);
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, index, last) {
      const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(prefix, index, last, 12), options);
      decipher.setAAD(aad);
      decipher.setAuthTag(sealed.subarray(sealed.length - GCM_TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - GCM_TAG_BYTES)), decipher.final()]);
      } catch {
        return undefined;
      }
    },
  };
}

function sm4(key: Uint8Array, prefix: Uint8Array, head: Uint8Array): ChunkCipher {
  const keys = sm4KeysOf(key);
  const header = createHash('sm3').update(head).digest();
  const nonce = (index: number, last: boolean): Uint8Array => nonceOf(prefix, index, last, SM4_NONCE_BYTES);
  return {
    tagBytes: SM4_TAG_BYTES,
    seal: (plain, index, last) => sealSm4(keys, nonce(index, last), plain, header),
    open(sealed, index, last) {
      try {
        return openSm4(keys, nonce(index, last), sealed, header);
      } catch (thrown) {
        if (thrown instanceof IvrError) return undefined;
        throw thrown;
      }
    },
  };
}
