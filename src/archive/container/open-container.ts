import { isUuid } from '../../domain/ids.ts';
import { IvrError } from '../../domain/error.ts';
import { NONCE_PREFIX_BYTES, openChunks, type RangeSource } from '../../lib/chunks.ts';
import { chunkCipher } from './chunk-cipher.ts';
import type { Container, ContainerHeader } from './container.ts';
import { MAGIC, type StoredHeader } from './seal-container.ts';

/** Magic and length. */
const FIXED_BYTES = 12;
const MOST_HEADER_BYTES = 16_384;

const damaged = (what: string): IvrError =>
  new IvrError('CONTAINER_DAMAGED', `the sealed object was altered: ${what}`, { what });

/**
 * Opens a sealed container: reads its header, gets its key, and sees that its last chunk is the one that was sealed last.
 *
 * @param keyOf - the data key for a header; what it throws is thrown on
 * @throws IvrError CONTAINER_DAMAGED, and what the source throws
 */
export async function openContainer(
  source: RangeSource,
  keyOf: (header: ContainerHeader) => Promise<Uint8Array>,
): Promise<Container> {
  const { header, bytes: head } = await readHeader(source);
  const { nonce, ...open } = header;
  const prefix = Buffer.from(nonce, 'base64');
  if (prefix.length !== NONCE_PREFIX_BYTES) throw damaged('its header');
  const cipher = chunkCipher(open, await keyOf(open), prefix, head);
  const content = await openChunks(source, head.length, cipher, damaged);
  return { header: open, bytes: content.bytes, read: (from, to) => content.read(from, to) };
}

/** The header, which is in the clear: what a key is looked for by, and what an index is made anew from. @throws IvrError CONTAINER_DAMAGED */
export async function readHeader(
  source: RangeSource,
): Promise<{ readonly header: StoredHeader; readonly bytes: Uint8Array }> {
  const fixed = Buffer.from(await source.read(0, FIXED_BYTES));
  if (fixed.length < FIXED_BYTES || fixed.toString('latin1', 0, 8) !== MAGIC) throw damaged('its beginning');
  const length = fixed.readUInt32BE(8);
  if (length > MOST_HEADER_BYTES) throw damaged('its header');
  const json = Buffer.from(await source.read(FIXED_BYTES, FIXED_BYTES + length));
  let header: unknown;
  try {
    header = JSON.parse(json.toString());
  } catch {
    throw damaged('its header');
  }
  if (json.length !== length || !isHeader(header)) throw damaged('its header');
  return { header, bytes: Buffer.concat([fixed, json]) };
}

function isHeader(value: unknown): value is StoredHeader {
  if (typeof value !== 'object' || value === null) return false;
  const { recording, key, policyVersion, cipher, ...texts } = value as Partial<StoredHeader>;
  return (
    typeof recording === 'string' &&
    isUuid(recording) &&
    typeof policyVersion === 'number' &&
    (cipher === undefined || cipher === 'sm4-ctr-hmac-sm3') &&
    typeof key === 'object' &&
    typeof key?.epoch === 'string' &&
    typeof key.wrapped === 'string' &&
    [texts.name, texts.mediaType, texts.retentionClass, texts.policy, texts.nonce].every(
      (text) => typeof text === 'string',
    )
  );
}
