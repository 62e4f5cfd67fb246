import { concat, sha256, uint64 } from './bytes.ts';
import { hmacSm3, sm3 } from './sm3.ts';

/** What a tree is hashed with; `sm3` (GB/T 32905) with the national profile. */
export type TreeHash = 'sha256' | 'sm3';

export const hashWith = (hash: TreeHash, ...parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> =>
  hash === 'sm3' ? Promise.resolve(sm3(concat(...parts))) : sha256(...parts);

/** HMAC(secret, number as 8 bytes, big-endian). */
export async function numberedMac(hash: TreeHash, secret: Uint8Array): Promise<(n: number) => Promise<Uint8Array>> {
  if (hash === 'sm3') return (n) => Promise.resolve(hmacSm3(secret, uint64(n)));
  const key = await crypto.subtle.importKey('raw', concat(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return async (n) => new Uint8Array(await crypto.subtle.sign('HMAC', key, uint64(n)));
}
