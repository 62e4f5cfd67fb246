import { createPrivateKey } from 'node:crypto';
import { ed25519Signer } from '../archive/signing/ed25519-signer.ts';
import type { Signer } from '../archive/signing/signer.ts';

/** Of the key that signs: it is derived, so a backup of the root key brings it back as well. */
export const SIGNING_PURPOSE = 'manifests and log, Ed25519';
/** The same with the national profile. */
export const SM2_PURPOSE = 'manifests and log, SM2';

/** PKCS #8 of an Ed25519 key (RFC 8410 section 7), before its 32 bytes. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @param seed - 32 bytes; they are copied, and may be wiped */
export function archiveSigner(seed: Uint8Array): Signer {
  const key = Buffer.concat([PKCS8, seed]);
  const signer = ed25519Signer(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
  key.fill(0);
  return signer;
}
