import { createHash } from 'node:crypto';
import { sm2 } from 'sm-crypto-v2';
import type { Signer } from './signer.ts';

/** SubjectPublicKeyInfo of an SM2 key (GB/T 35276) up to the point, which follows as 04 | x | y. */
const SPKI_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d034200', 'hex');

const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;

/** The signer of a seed of 32 random bytes: its private key is within 1…n-2, as GB/T 32918.1 has it. */
export function sm2SignerOf(seed: Uint8Array): Signer {
  const key = (BigInt(`0x${Buffer.from(seed).toString('hex')}`) % (ORDER - 2n)) + 1n;
  return sm2Signer(key.toString(16).padStart(64, '0'));
}

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
