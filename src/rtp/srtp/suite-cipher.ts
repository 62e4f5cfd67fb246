import type { SrtpKey, SrtpSuite } from '../../domain/srtp.ts';
import { AesCmCipher } from './aes-cm-cipher.ts';
import { AesGcmCipher } from './aes-gcm-cipher.ts';
import { type SessionKeys, sessionKeys, wipe } from './key-derivation.ts';
import type { PacketCipher } from './packet-cipher.ts';

/** Of HMAC-SHA1 tags: those of SRTCP are long with either suite (RFC 4568 section 6.2.2). */
const LONG_TAG = 10;
const SHORT_TAG = 4;

export function suiteCipher(suite: SrtpSuite, keys: SessionKeys, of: 'rtp' | 'rtcp'): PacketCipher {
  switch (suite) {
    case 'AES_CM_128_HMAC_SHA1_80':
      return new AesCmCipher(keys, LONG_TAG);
    case 'AES_CM_128_HMAC_SHA1_32':
      return new AesCmCipher(keys, of === 'rtp' ? SHORT_TAG : LONG_TAG);
    case 'AEAD_AES_128_GCM':
      return new AesGcmCipher('aes-128-gcm', keys, of);
    case 'AEAD_AES_256_GCM':
      return new AesGcmCipher('aes-256-gcm', keys, of);
  }
}

/** With session keys derived from the master key. */
export function cipherFor(key: SrtpKey, of: 'rtp' | 'rtcp'): PacketCipher {
  const keys = sessionKeys(key, of);
  const cipher = suiteCipher(key.suite, keys, of);
  wipe(keys);
  return cipher;
}
