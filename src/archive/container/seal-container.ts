import { randomBytes } from 'node:crypto';
import { chunkCipher, NONCE_PREFIX_BYTES } from './chunk-cipher.ts';
import { CHUNK_BYTES, type ContainerHeader } from './container.ts';

export const MAGIC = 'IVRSEAL1';

/** As it stands in the file: with what the chunks' nonces begin with. */
export interface StoredHeader extends ContainerHeader {
  readonly nonce: string;
}

/** Magic, length, JSON: what every chunk is authenticated with. */
function formatHeader(header: StoredHeader): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([Buffer.from(MAGIC), length, json]);
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
  const head = formatHeader({ ...header, nonce: prefix.toString('base64') });
  yield head;
  const cipher = chunkCipher(header, key, prefix, head);
  let index = 0;
  const chunk = (plain: Uint8Array, last: boolean): Uint8Array => cipher.seal(plain, index++, last);
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
