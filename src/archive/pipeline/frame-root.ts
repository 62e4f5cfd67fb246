import { createHash, createHmac } from 'node:crypto';

/** The tree over the seconds of every channel that the archived manifest commits to (manifest/archived-manifest.ts, FrameTree). */
export interface FrameRoot {
  /** A second of one channel, 16-bit little-endian; the last may be shorter. Second by second, channel by channel within. */
  add(samples: Uint8Array): void;
  finish(): { readonly frames: number; readonly root: string };
}

/** @param secret - 32 bytes: what the seconds' nonces are made of */
export function openFrameRoot(secret: Uint8Array): FrameRoot {
  /** Roots of full subtrees, the greatest first, each with how many leaves it has. */
  const stack: { readonly leaves: number; readonly hash: Uint8Array }[] = [];
  let frames = 0;
  const node = (left: Uint8Array, right: Uint8Array): Uint8Array =>
    createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
  return {
    add(samples) {
      const index = Buffer.alloc(8);
      index.writeBigUInt64BE(BigInt(frames++));
      const nonce = createHmac('sha256', secret).update(index).digest();
      let top = {
        leaves: 1,
        hash: createHash('sha256').update(Uint8Array.of(0)).update(nonce).update(samples).digest() as Uint8Array,
      };
      for (let below = stack.at(-1); below?.leaves === top.leaves; below = stack.at(-1)) {
        stack.pop();
        top = { leaves: top.leaves * 2, hash: node(below.hash, top.hash) };
      }
      stack.push(top);
    },
    finish() {
      const [last, ...rest] = stack.toReversed();
      const root = rest.reduce((right, { hash }) => node(hash, right), last?.hash ?? createHash('sha256').digest());
      return { frames, root: Buffer.from(root).toString('hex') };
    },
  };
}
