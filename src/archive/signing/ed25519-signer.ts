import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { Signer } from './signer.ts';

/** An Ed25519 key in memory. @throws RangeError for a key of another kind */
export function ed25519Signer(privateKey: KeyObject): Signer {
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'ed25519')
    throw new RangeError('not an Ed25519 private key');
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return {
    algorithm: 'ed25519',
    keyId: createHash('sha256').update(publicKey).digest('hex'),
    publicKey,
    sign: (message) => Promise.resolve(sign(null, message, privateKey)),
  };
}
