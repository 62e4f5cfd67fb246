import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

/* AES key wrap with padding (RFC 5649) and HKDF (RFC 5869), as the archive's keys are kept. */

const kwp = (wrapping: Uint8Array): string => `id-aes${wrapping.length * 8}-wrap-pad`;
const INITIAL = Buffer.from('a65959a6', 'hex');
export const KEY_BYTES = 32;

/** @param wrapping - 32 bytes; 24 and 16 are AES-192 and AES-128 */
export function wrapKey(wrapping: Uint8Array, key: Uint8Array): Uint8Array {
  const cipher = createCipheriv(kwp(wrapping), wrapping, INITIAL);
  return Buffer.concat([cipher.update(key), cipher.final()]);
}

/** Undefined: it was not wrapped under this key, or was changed. */
export function unwrapKey(wrapping: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  try {
    const decipher = createDecipheriv(kwp(wrapping), wrapping, INITIAL);
    return Buffer.concat([decipher.update(wrapped), decipher.final()]);
  } catch {
    return undefined;
  }
}

export const deriveKey = (key: Uint8Array, salt: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key, salt, `tellerline ${purpose}`, KEY_BYTES));
