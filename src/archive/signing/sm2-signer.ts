import { createHash } from 'node:crypto';
import { sm2 } from 'sm-crypto-v2';
import type { Signer } from './signer.ts';

/** SubjectPublicKeyInfo of an SM2 key (GB/T 35276) up to the point, which follows as 04 | x | y. */
const SPKI_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d034200', 'hex');

/**
 * SM2 with SM3 and signer id 1234567812345678, as GB/T 32918 and GM/T 0009 have it. Not node:crypto: its `sign('sm3')`
 * with an SM2 key gives plain ECDSA or an empty signer id, and its own verify says that all is well.
 *
 * @param privateKey - 32 bytes, hexadecimal
 */
export function sm2Signer(privateKey: string): Signer {
  const point = sm2.getPublicKeyFromPrivateKey(privateKey);
  const publicKey = Buffer.concat([SPKI_PREFIX, Buffer.from(point, 'hex')]);
  if (publicKey.length !== 91) throw new RangeError('not an SM2 private key of 32 bytes in hexadecimal');
  return {
    algorithm: 'sm2-sm3',
    keyId: createHash('sha256').update(publicKey).digest('hex'),
    publicKey,
    sign: (message) =>
      Promise.resolve(
        Buffer.from(
          sm2.doSignature(new Uint8Array(message), privateKey, {
            der: true,
            hash: true,
            publicKey: point,
            userId: '1234567812345678',
          }),
          'hex',
        ),
      ),
  };
}
