import { createHash } from 'node:crypto';
import { IvrError } from '../../domain/error.ts';
import { aesGcmChunks, type ChunkCipher, chunkNonce } from '../../lib/chunks.ts';
import { sm4KeysOf } from '../national/sm4-keys.ts';
import { openSm4, sealSm4, SM4_NONCE_BYTES, SM4_TAG_BYTES } from '../national/sm4-seal.ts';
import type { ContainerHeader } from './container.ts';

/* How one chunk of a container is sealed. */

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
  return cipher === undefined
    ? aesGcmChunks(key, prefix, createHash('sha256').update(head).digest())
    : sm4(key, prefix, head);
}

function sm4(key: Uint8Array, prefix: Uint8Array, head: Uint8Array): ChunkCipher {
  const keys = sm4KeysOf(key);
  const header = createHash('sm3').update(head).digest();
  const nonce = (index: number, last: boolean): Uint8Array => chunkNonce(prefix, index, last, SM4_NONCE_BYTES);
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
