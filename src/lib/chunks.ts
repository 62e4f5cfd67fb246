import { createCipheriv, createDecipheriv } from 'node:crypto';

/*
 * Content in chunks of 64 KiB, each sealed by itself, so that any range can be read and no chunk dropped, swapped, cut off or changed unnoticed:
 * the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, 2015), a counter and a last-chunk mark in the nonce.
 */

/** Of content in each chunk but the last, which may be shorter. */
export const CHUNK_BYTES = 65_536;
/** A nonce begins with so many bytes of the content's own; then the chunk's number in 4, and 1 in the byte after it in the last chunk's. */
export const NONCE_PREFIX_BYTES = 7;
const GCM_NONCE_BYTES = 12;
const GCM_TAG_BYTES = 16;

/** How one chunk is sealed. Nonces never meet: each content has a key of its own, and each chunk a number. */
export interface ChunkCipher {
  readonly tagBytes: number;
  /** Ciphertext and tag. */
  seal(plain: Uint8Array, index: number, last: boolean): Uint8Array;
  /** Undefined: it is not what was sealed there. */
  open(sealed: Uint8Array, index: number, last: boolean): Uint8Array | undefined;
}

/** GCM has a nonce of 12 bytes; the counter of CTR has the 4 at its end, for 4,096 blocks a chunk. */
export function chunkNonce(prefix: Uint8Array, index: number, last: boolean, bytes: number): Uint8Array {
  const nonce = new Uint8Array(bytes);
  nonce.set(prefix);
  new DataView(nonce.buffer).setUint32(NONCE_PREFIX_BYTES, index);
  nonce[NONCE_PREFIX_BYTES + 4] = last ? 1 : 0;
  return nonce;
}

/**
 * AES-256-GCM.
 *
 * @param key - 32 bytes, of this content alone
 * @param aad - authenticated with every chunk
 */
export function aesGcmChunks(key: Uint8Array, prefix: Uint8Array, aad: Uint8Array): ChunkCipher {
  const options = { authTagLength: GCM_TAG_BYTES };
  const nonce = (index: number, last: boolean): Uint8Array => chunkNonce(prefix, index, last, GCM_NONCE_BYTES);
  return {
    tagBytes: GCM_TAG_BYTES,
    seal(plain, index, last) {
      const cipher = createCipheriv('aes-256-gcm', key, nonce(index, last), options);
      cipher.setAAD(aad);
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, index, last) {
      const decipher = createDecipheriv('aes-256-gcm', key, nonce(index, last), options);
      decipher.setAAD(aad);
      decipher.setAuthTag(sealed.subarray(sealed.length - GCM_TAG_BYTES));
      try {
        const plain = decipher.update(sealed.subarray(0, sealed.length - GCM_TAG_BYTES));
        decipher.final(); // of GCM: nothing but whether the tag fits
        return plain;
      } catch {
        return undefined;
      }
    },
  };
}

/** What chunks are read from: a blob, or a file. */
export interface RangeSource {
  readonly bytes: number;
  read(from: number, to: number): Promise<Uint8Array>;
}

/** Seals content as it comes. */
export class ChunkSealer {
  readonly #cipher: ChunkCipher;
  readonly #waiting = Buffer.alloc(CHUNK_BYTES);
  #filled = 0;
  #index = 0;

  constructor(cipher: ChunkCipher) {
    this.#cipher = cipher;
  }

  /** @returns the chunks that are full */
  push(part: Uint8Array): readonly Uint8Array[] {
    const full: Uint8Array[] = [];
    for (let at = 0; at < part.length; ) {
      // a full chunk waits until something follows: the last one is marked
      if (this.#filled === CHUNK_BYTES) full.push(this.#seal(false));
      const taken = part.subarray(at, at + CHUNK_BYTES - this.#filled);
      this.#waiting.set(taken, this.#filled);
      this.#filled += taken.length;
      at += taken.length;
    }
    return full;
  }

  /** The last chunk. */
  finish(): Uint8Array {
    return this.#seal(true);
  }

  #seal(last: boolean): Uint8Array {
    const plain = this.#waiting.subarray(0, this.#filled);
    this.#filled = 0;
    return this.#cipher.seal(plain, this.#index++, last);
  }
}

/**
 * Opens what was sealed: sees that its last chunk is the one that was sealed last.
 *
 * @param offset - where the chunks begin in the source
 * @param damaged - makes the error for what is not as it was sealed
 * @returns the content; its `read` beyond the end reads up to the end
 * @throws what `damaged` makes, and what the source throws
 */
export async function openChunks(
  source: RangeSource,
  offset: number,
  cipher: ChunkCipher,
  damaged: (what: string) => Error,
): Promise<RangeSource> {
  const sealedChunk = CHUNK_BYTES + cipher.tagBytes;
  const body = source.bytes - offset;
  const chunks = Math.ceil(body / sealedChunk);
  const lastBytes = body - (chunks - 1) * sealedChunk - cipher.tagBytes;
  if (chunks < 1 || lastBytes < 0 || (lastBytes === 0 && chunks > 1)) throw damaged('its length');
  const bytes = (chunks - 1) * CHUNK_BYTES + lastBytes;

  const decrypt = (sealed: Uint8Array, index: number): Uint8Array => {
    const plain = cipher.open(sealed, index, index === chunks - 1);
    if (plain === undefined) throw damaged(`chunk ${index} of ${chunks}`);
    return plain;
  };
  const sealedChunks = async (first: number, end: number): Promise<readonly Uint8Array[]> => {
    const from = offset + first * sealedChunk;
    const to = Math.min(source.bytes, offset + end * sealedChunk);
    const read = await source.read(from, to);
    if (read.length !== to - from) throw damaged('it is shorter than it was');
    return Array.from({ length: end - first }, (_, i) => read.subarray(i * sealedChunk, (i + 1) * sealedChunk));
  };
  const [last] = await sealedChunks(chunks - 1, chunks);
  if (last !== undefined) decrypt(last, chunks - 1);

  return {
    bytes,
    async read(from, to) {
      const end = Math.min(to, bytes);
      if (from >= end) return new Uint8Array(0);
      const first = Math.floor(from / CHUNK_BYTES);
      const sealed = await sealedChunks(first, Math.ceil(end / CHUNK_BYTES));
      const opened = sealed.map((chunk, i) => decrypt(chunk, first + i));
      const plain = opened.length === 1 && opened[0] !== undefined ? opened[0] : Buffer.concat(opened);
      return plain.subarray(from - first * CHUNK_BYTES, end - first * CHUNK_BYTES);
    },
  };
}
