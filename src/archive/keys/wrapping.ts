import type { CryptoProfile } from '../../lib/crypto-profile.ts';
import { deriveKey, KEY_BYTES, unwrapKey, wrapKey } from '../../lib/wrap-key.ts';
import { deriveSm3, unwrapSm4, wrapSm4 } from '../national/sm4-keys.ts';

/*
 * How keys of the archive are wrapped, as text: base64 of AES-KWP (RFC 5649) under HKDF-SHA-256, or, with the national profile, `sm4:` and base64 of
 * SM4-CTR with HMAC-SM3 under HKDF-SM3. A text says which it is, so that what was wrapped under the other profile is read as well.
 */

const NATIONAL = 'sm4:';

/** A key that wraps others, by what it follows from. */
export interface WrappingKey {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  readonly purpose: string;
}

export function wrap({ key, salt, purpose }: WrappingKey, wrapped: Uint8Array, profile: CryptoProfile): string {
  return profile === 'national'
    ? NATIONAL + Buffer.from(wrapSm4(deriveSm3(key, salt, purpose, KEY_BYTES), wrapped)).toString('base64')
    : Buffer.from(wrapKey(deriveKey(key, salt, purpose), wrapped)).toString('base64');
}

/** Undefined: it was not wrapped under this key, or was changed. */
export function unwrap({ key, salt, purpose }: WrappingKey, text: string): Uint8Array | undefined {
  return text.startsWith(NATIONAL)
    ? unwrapSm4(deriveSm3(key, salt, purpose, KEY_BYTES), Buffer.from(text.slice(NATIONAL.length), 'base64'))
    : unwrapKey(deriveKey(key, salt, purpose), Buffer.from(text, 'base64'));
}
