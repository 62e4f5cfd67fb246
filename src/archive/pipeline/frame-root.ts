import { createHash, createHmac } from 'node:crypto';
import type { HashName } from '../../lib/crypto-profile.ts';

/** The tree over the seconds of every channel that the archived manifest commits to (manifest/archived-manifest.ts, FrameTree). */
export interface FrameRoot {
  /** A second of one channel, 16-bit little-endian; the last may be shorter. Second by second, channel by channel within. */
  add(samples: Uint8Array): void;
  finish(): { readonly frames: number; readonly hash?: 'sm3'; readonly root: string };
}

/** @param secret - 32 bytes: what the seconds' nonces are made of */
export function openFrameRoot(secret: Uint8Array, hash: HashName): FrameRoot {
  /** Roots of full subtrees, the greatest first, each with how many leaves it has. */
  const stack: { readonly leaves: number; readonly digest: Uint8Array }[] = [];
  let frames = 0;
  const node = (left: Uint8Array, right: Uint8Array): Uint8Array =>
    createHash(hash).update(Uint8Array.of(1)).update(left).update(right).digest();
  return {
    add(samples) {
      const index = Buffer.alloc(8);
      index.writeBigUInt64BE(BigInt(frames++));
      const nonce = createHmac(hash, secret).update(index).digest();
      let top = {
        leaves: 1,
        digest: createHash(hash).update(Uint8Array.of(0)).update(nonce).update(samples).digest() as Uint8Array,
      };
      for (let below = stack.at(-1); below?.leaves === top.leaves; below = stack.at(-1)) {
        stack.pop();
        top = { leaves: top.leaves * 2, digest: node(below.digest, top.digest) };
      }
      stack.push(top);
    },
    finish() {
      const [last, ...rest] = stack.toReversed();
      const root = rest.reduce((right, { digest }) => node(digest, right), last?.digest ?? createHash(hash).digest());
      return { frames, ...(hash === 'sm3' ? { hash } : {}), root: Buffer.from(root).toString('hex') };
    },
  };
}
