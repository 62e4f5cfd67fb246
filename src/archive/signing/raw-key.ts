/** What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410 section 4). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** SubjectPublicKeyInfo, DER, of an Ed25519 key of 32 bytes. */
export const spkiEd25519 = (raw: Uint8Array): Uint8Array => Buffer.concat([ED25519_PREFIX, raw]);

/** @throws RangeError when it is not an Ed25519 key */
export function rawEd25519(publicKey: Uint8Array): Uint8Array {
  if (publicKey.length !== 44 || !ED25519_PREFIX.equals(publicKey.subarray(0, 12)))
    throw new RangeError('not an Ed25519 key in DER (SubjectPublicKeyInfo)');
  return publicKey.slice(12);
}
