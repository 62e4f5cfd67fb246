import { randomBytes } from 'node:crypto';
import { ChunkSealer, NONCE_PREFIX_BYTES } from '../../lib/chunks.ts';
import { chunkCipher } from './chunk-cipher.ts';
import type { ContainerHeader } from './container.ts';

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
  const sealer = new ChunkSealer(cipher);
  for await (const part of content) yield* sealer.push(part);
  yield sealer.finish();
}
