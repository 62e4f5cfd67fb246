import { createCipheriv } from 'node:crypto';
import { SRTP_SUITES, type SrtpKey } from '../../domain/srtp.ts';

/** Of RFC 3711 section 4.3.1, in the order of its table. */
const LABELS = { rtp: { cipher: 0, authentication: 1, salt: 2 }, rtcp: { cipher: 3, authentication: 4, salt: 5 } };
const PRF_SALT_OCTETS = 14;
const LABEL_AT = 7;
/** Of HMAC-SHA1 (section 5.2). */
const AUTHENTICATION_OCTETS = 20;

/** Session keys of RTP or of RTCP. */
export interface SessionKeys {
  readonly cipher: Buffer;
  readonly authentication: Buffer;
  readonly salt: Buffer;
}

/**
 * The pseudo-random function AES-CM (RFC 3711 section 4.3.3), key derivation rate 0.
 *
 * @param key - master key, 16 or 32 octets
 * @param salt - master salt, up to 14 octets; a shorter one (AEAD, RFC 7714 section 11) is filled with zeros behind
 */
export function deriveKey(key: Uint8Array, salt: Uint8Array, label: number, octets: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.set(salt.subarray(0, PRF_SALT_OCTETS));
  iv[LABEL_AT] = (iv[LABEL_AT] ?? 0) ^ label;
  const cipher = createCipheriv(key.length === 32 ? 'aes-256-ctr' : 'aes-128-ctr', key, iv);
  const derived = cipher.update(Buffer.alloc(octets));
  cipher.final();
  iv.fill(0);
  return derived;
}

export function sessionKeys({ suite, keying }: SrtpKey, of: 'rtp' | 'rtcp'): SessionKeys {
  const { keyOctets, saltOctets } = SRTP_SUITES[suite];
  const key = keying.subarray(0, keyOctets);
  const salt = keying.subarray(keyOctets, keyOctets + saltOctets);
  const labels = LABELS[of];
  return {
    cipher: deriveKey(key, salt, labels.cipher, keyOctets),
    authentication: deriveKey(key, salt, labels.authentication, AUTHENTICATION_OCTETS),
    salt: deriveKey(key, salt, labels.salt, saltOctets),
  };
}

export function wipe({ cipher, authentication, salt }: SessionKeys): void {
  for (const key of [cipher, authentication, salt]) key.fill(0);
}
