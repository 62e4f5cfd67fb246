import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { CHUNK_BYTES, type ContainerHeader } from './container.ts';

export const MAGIC = 'IVRSEAL1';
export const CIPHER = 'aes-256-gcm';
export const TAG_BYTES = 16;
/** Nonce of 12 bytes: these, the chunk's number in 4, and 1 in the last byte of the last chunk's. */
export const NONCE_PREFIX_BYTES = 7;

/** As it stands in the file: with what the chunks' nonces begin with. */
export interface StoredHeader extends ContainerHeader {
  readonly nonce: string;
}

/** Nonces never meet: each container has a data key of its own, and each chunk a number. (STREAM: Hoang, Reyhanitabar, Rogaway and Vizár, 2015) */
export function nonceOf(prefix: Uint8Array, index: number, last: boolean): Uint8Array {
  const nonce = new Uint8Array(12);
  nonce.set(prefix);
  new DataView(nonce.buffer).setUint32(NONCE_PREFIX_BYTES, index);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** Magic, length, JSON; and what every chunk is authenticated with. */
function formatHeader(header: StoredHeader): { readonly bytes: Uint8Array; readonly aad: Uint8Array } {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  const bytes = Buffer.concat([Buffer.from(MAGIC), length, json]);
  return { bytes, aad: createHash('sha256').update(bytes).digest() };
}

/**
 * The bytes of a container (see container.ts), as its content comes.
 *
 * @param key - 32 bytes, of this container alone
 */
export async function* sealContainer(
  header: ContainerHeader,
  key: Uint8Array,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  const prefix = randomBytes(NONCE_PREFIX_BYTES);
  const { bytes, aad } = formatHeader({ ...header, nonce: prefix.toString('base64') });
  yield bytes;
  let index = 0;
  const chunk = (plain: Uint8Array, last: boolean): Uint8Array => {
    const cipher = createCipheriv(CIPHER, key, nonceOf(prefix, index++, last), { authTagLength: TAG_BYTES });
    cipher.setAAD(aad);
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  };
  const waiting = Buffer.alloc(CHUNK_BYTES);
  let filled = 0;
  for await (const part of content)
    for (let at = 0; at < part.length; ) {
      // a full chunk waits until something follows: the last one is marked
      if (filled === CHUNK_BYTES) {
        yield chunk(waiting, false);
        filled = 0;
      }
      const taken = part.subarray(at, at + CHUNK_BYTES - filled);
      waiting.set(taken, filled);
      filled += taken.length;
      at += taken.length;
    }
  yield chunk(waiting.subarray(0, filled), true);
}
