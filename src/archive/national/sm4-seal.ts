import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { IvrError } from '../../domain/error.ts';

/*
 * Sealing of the national profile (GB/T 39786): SM4 in counter mode and HMAC-SM3 over what was encrypted. OpenSSL 3.0 has no
 * SM4-GCM. Encrypt, then authenticate; the two keys are never the same.
 */

export interface Sm4Keys {
  /** 16 bytes. */
  readonly encryption: Uint8Array;
  /** 32 bytes. */
  readonly authentication: Uint8Array;
}

export const SM4_NONCE_BYTES = 16;
export const SM4_TAG_BYTES = 32;

/**
 * @param nonce - 16 bytes, never twice with one key, and at least 2^32 blocks of 16 bytes apart from every other
 * @param header - authenticated with the content, and not encrypted
 * @returns as many bytes as `content`, and the tag of 32
 */
export function sealSm4(keys: Sm4Keys, nonce: Uint8Array, content: Uint8Array, header: Uint8Array): Buffer {
  check(keys, nonce);
  const cipher = createCipheriv('sm4-ctr', keys.encryption, nonce);
  const encrypted = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([encrypted, tagOf(keys, nonce, encrypted, header)]);
}

/** @throws IvrError CONTAINER_DAMAGED when a byte of it, of the nonce or the header is another */
export function openSm4(keys: Sm4Keys, nonce: Uint8Array, sealed: Uint8Array, header: Uint8Array): Buffer {
  check(keys, nonce);
  const end = sealed.length - SM4_TAG_BYTES;
  if (end < 0 || !timingSafeEqual(tagOf(keys, nonce, sealed.subarray(0, end), header), sealed.subarray(end)))
    throw new IvrError('CONTAINER_DAMAGED', 'the object sealed with SM4 was altered');
  const decipher = createDecipheriv('sm4-ctr', keys.encryption, nonce);
  return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
}

/** The lengths are in it, so that no byte moves from one part into the next. */
function tagOf(keys: Sm4Keys, nonce: Uint8Array, encrypted: Uint8Array, header: Uint8Array): Buffer {
  const lengths = Buffer.alloc(16);
  lengths.writeBigUInt64BE(BigInt(header.length), 0);
  lengths.writeBigUInt64BE(BigInt(encrypted.length), 8);
  return createHmac('sm3', keys.authentication).update(lengths).update(nonce).update(header).update(encrypted).digest();
}

function check({ encryption, authentication }: Sm4Keys, nonce: Uint8Array): void {
  if (encryption.length !== 16 || authentication.length !== 32 || nonce.length !== SM4_NONCE_BYTES)
    throw new RangeError('SM4 wants a key of 16 bytes, HMAC-SM3 one of 32, and the nonce has 16');
}
