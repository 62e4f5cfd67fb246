import { hkdfSync, randomBytes } from 'node:crypto';
import { IvrError } from '../../domain/error.ts';
import { openSm4, sealSm4, SM4_NONCE_BYTES, type Sm4Keys } from './sm4-seal.ts';

/* Keys of the national profile: HKDF (RFC 5869) with SM3, and keys wrapped by SM4 and HMAC-SM3. */

const ENCRYPTION_BYTES = 16;
const AUTHENTICATION_BYTES = 32;
const NO_HEADER = new Uint8Array(0);

/** @param key - 32 bytes @returns so many bytes */
export const deriveSm3 = (key: Uint8Array, salt: Uint8Array, purpose: string, bytes: number): Uint8Array =>
  new Uint8Array(hkdfSync('sm3', key, salt, `tellerline ${purpose}`, bytes));

/** The two keys that a key of 32 bytes stands for. */
export function sm4KeysOf(key: Uint8Array): Sm4Keys {
  const both = deriveSm3(key, NO_HEADER, 'SM4-CTR and HMAC-SM3', ENCRYPTION_BYTES + AUTHENTICATION_BYTES);
  return { encryption: both.subarray(0, ENCRYPTION_BYTES), authentication: both.subarray(ENCRYPTION_BYTES) };
}

/** Nonce, ciphertext, tag. */
export function wrapSm4(wrapping: Uint8Array, key: Uint8Array): Uint8Array {
  const nonce = randomBytes(SM4_NONCE_BYTES);
  return Buffer.concat([nonce, sealSm4(sm4KeysOf(wrapping), nonce, key, NO_HEADER)]);
}

/** Undefined: it was not wrapped under this key, or was changed. */
export function unwrapSm4(wrapping: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  try {
    const nonce = wrapped.subarray(0, SM4_NONCE_BYTES);
    if (nonce.length < SM4_NONCE_BYTES) return undefined;
    return openSm4(sm4KeysOf(wrapping), nonce, wrapped.subarray(SM4_NONCE_BYTES), NO_HEADER);
  } catch (thrown) {
    if (thrown instanceof IvrError) return undefined;
    throw thrown;
  }
}
