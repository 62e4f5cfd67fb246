import { createCipheriv, createDecipheriv, createPublicKey, randomBytes, verify } from 'node:crypto';
import { IvrError } from '../../domain/error.ts';
import { canonicalJson, type Json } from '../../lib/canonical-json.ts';
import type { KeyStore } from '../keys/key-store.ts';
import { signText } from '../signing/sign-text.ts';
import type { SignedText, Signer } from '../signing/signer.ts';

/*
 * Records of retention in the archive's store: a few in one object, `retention-records/2026/11/30/<id>.ret`. Signed text, sealed with AES-256-GCM
 * under a key that is derived from the root key: names of cases and of people stand in it.
 * Magic (8) | nonce (12) | ciphertext | tag (16).
 */

export const SEGMENT_SUFFIX = '.ret';
export const SEGMENT_FOLDER = 'retention-records/';

const MAGIC = Buffer.from('IVRRETN1');
const FORMAT = 'tellerline-retention-records';
const [NONCE_BYTES, TAG_BYTES] = [12, 16];

export interface SealedRecord {
  readonly seq: number;
  readonly id: string;
  readonly text: string;
  readonly leafIndex: number | null;
}

interface Segment {
  readonly format: typeof FORMAT;
  readonly version: 1;
  readonly node: string;
  readonly sealed_at: string;
  readonly records: readonly SealedRecord[];
}

type Keys = Pick<KeyStore, 'deriveKey'>;
const keyOf = (keys: Keys): Uint8Array => keys.deriveKey('retention records, AES-256-GCM');

/** @param key - of the object: a segment is not taken for another one */
export async function formatSegment(
  key: string,
  {
    node,
    sealedAt,
    records,
  }: { readonly node: string; readonly sealedAt: number; readonly records: readonly SealedRecord[] },
  keys: Keys,
  signers: readonly Signer[],
): Promise<Uint8Array> {
  const segment: Segment = { format: FORMAT, version: 1, node, sealed_at: new Date(sealedAt).toISOString(), records };
  const signed = await signText(canonicalJson(segment as unknown as Json), signers);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(keys), nonce).setAAD(Buffer.from(key));
  const sealed = [cipher.update(JSON.stringify(signed)), cipher.final()];
  return Buffer.concat([MAGIC, nonce, ...sealed, cipher.getAuthTag()]);
}

/** @throws IvrError CONTAINER_DAMAGED: it is not what was sealed; SIGNATURE_INVALID: another key than this archive's signed it */
export function parseSegment(
  key: string,
  bytes: Uint8Array,
  keys: Keys,
  signers: readonly Signer[],
): readonly SealedRecord[] {
  const signed = openSealed(key, bytes, keys);
  const mine = signers.find(({ algorithm }) => algorithm === 'ed25519');
  const signature = signed.signatures.find((each) => each.key === mine?.keyId);
  const publicKey =
    mine === undefined ? undefined : createPublicKey({ key: Buffer.from(mine.publicKey), format: 'der', type: 'spki' });
  if (
    publicKey === undefined ||
    signature === undefined ||
    !verify(null, Buffer.from(signed.text), publicKey, Buffer.from(signature.value, 'base64'))
  )
    throw new IvrError('SIGNATURE_INVALID', `${key}: these records of retention are not signed by this archive`, {
      key,
    });
  const segment = JSON.parse(signed.text) as Partial<Segment>;
  if (segment.format !== FORMAT || segment.version !== 1 || segment.records === undefined)
    throw damaged(key, 'it is of another version of Tellerline');
  return segment.records;
}

function openSealed(key: string, bytes: Uint8Array, keys: Keys): SignedText {
  const sealed = Buffer.from(bytes);
  const from = MAGIC.length + NONCE_BYTES;
  if (sealed.length < from + TAG_BYTES || !sealed.subarray(0, MAGIC.length).equals(MAGIC))
    throw damaged(key, 'it is not a segment of retention records');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(keys), sealed.subarray(MAGIC.length, from));
  decipher.setAAD(Buffer.from(key)).setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return JSON.parse(
      Buffer.concat([decipher.update(sealed.subarray(from, -TAG_BYTES)), decipher.final()]).toString(),
    ) as SignedText;
  } catch (thrown) {
    throw damaged(key, 'it is not what was sealed, or was sealed under another root key', thrown);
  }
}

const damaged = (key: string, what: string, thrown?: unknown): IvrError =>
  new IvrError('CONTAINER_DAMAGED', `${key}: ${what}`, { key }, thrown);
