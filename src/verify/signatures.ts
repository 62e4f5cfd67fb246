import { fromBase64, fromHex, Malformed, sha256, toHex, utf8, WrongSignature } from './bytes.ts';
import { type Json, list, parseCanonical, record, string } from './canonical.ts';
import { verifyEd25519 } from './note.ts';
import { isSm2Key, verifySm2 } from './sm2.ts';

export type KeyUse = 'manifest' | 'log' | 'witness';

export interface PublicKey {
  readonly use: KeyUse;
  readonly name: string;
  readonly algorithm: 'ed25519' | 'sm2-sm3';
  /** SHA-256 of `spki`, hexadecimal. */
  readonly fingerprint: string;
  readonly spki: Uint8Array;
}

const ED25519_PREFIX = '302a300506032b6570032100';
const USES = new Set(['manifest', 'log', 'witness']);

/** The 32 bytes of an Ed25519 key. */
export const rawKey = ({ spki }: PublicKey): Uint8Array => spki.slice(12);

/** keys.json. @throws Malformed */
export async function parseKeys(text: string): Promise<readonly PublicKey[]> {
  const keys: PublicKey[] = [];
  for (const value of list(record(parseCanonical(text), 'keys.json', ['keys'])['keys'], 'keys')) {
    const entry = record(value, 'a key', ['algorithm', 'fingerprint', 'name', 'spki', 'use']);
    const spki = fromBase64(entry['spki']);
    const hex = toHex(spki);
    const algorithm =
      hex.startsWith(ED25519_PREFIX) && spki.length === 44 ? 'ed25519' : isSm2Key(spki) ? 'sm2-sm3' : undefined;
    const fingerprint = toHex(await sha256(spki));
    if (algorithm === undefined || entry['algorithm'] !== algorithm)
      throw new Malformed('a key of another kind than it says');
    if (entry['fingerprint'] !== fingerprint) throw new Malformed('a fingerprint that is not that of its key');
    const use = string(entry['use'], 'use');
    if (!USES.has(use)) throw new Malformed('a key of an unknown use');
    keys.push({ use: use as KeyUse, name: string(entry['name'], 'name'), algorithm, fingerprint, spki });
  }
  if (new Set(keys.map(({ use, fingerprint }) => use + fingerprint)).size !== keys.length)
    throw new Malformed('a key that is there twice');
  return keys;
}

/**
 * A file of signatures over `text`: every one must verify, and one must be Ed25519.
 *
 * @returns the keys that signed
 * @throws Malformed
 */
export async function verifySignatures(
  file: string,
  text: string,
  keys: readonly PublicKey[],
): Promise<readonly PublicKey[]> {
  const signed: PublicKey[] = [];
  for (const value of list(record(parseCanonical(file), 'the file', ['signatures'])['signatures'], 'signatures'))
    signed.push(await verifyOne(value, text, keys));
  if (!signed.some(({ algorithm }) => algorithm === 'ed25519')) throw new Malformed('no Ed25519 signature');
  if (new Set(signed).size !== signed.length) throw new Malformed('two signatures of one key');
  return signed;
}

async function verifyOne(value: Json, text: string, keys: readonly PublicKey[]): Promise<PublicKey> {
  const entry = record(value, 'a signature', ['algorithm', 'key', 'value']);
  const fingerprint = toHex(fromHex(entry['key'], 32));
  const key = keys.find((one) => one.use === 'manifest' && one.fingerprint === fingerprint);
  if (key === undefined || key.algorithm !== entry['algorithm'])
    throw new Malformed('a signature of a key that keys.json does not have');
  const signature = fromBase64(entry['value']);
  const good =
    key.algorithm === 'ed25519'
      ? await verifyEd25519(rawKey(key), signature, utf8(text))
      : verifySm2(key.spki, signature, utf8(text));
  if (!good) throw new WrongSignature('its signature does not verify');
  return key;
}
