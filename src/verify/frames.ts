import { hashWith, numberedMac, type TreeHash } from './tree-hash.ts';
import type { FlacStream } from './flac.ts';

/* The tree of frames (archived manifest, `audio.frames`): leaf = hash(0x00 | nonce | samples), frame by frame, channel by channel within. */

export interface Frame {
  readonly index: number;
  readonly silent: boolean;
  /** 16-bit little-endian. */
  readonly samples: Uint8Array;
}

/** The frames of a stream in the order of their leaves. @throws Malformed */
export function* framesOf(stream: FlacStream, frameSamples: number): Generator<Frame> {
  const { channels } = stream;
  let waiting = Array.from({ length: channels }, () => new Uint8Array(frameSamples * 2));
  let filled = 0;
  let frame = 0;
  const done = function* (): Generator<Frame> {
    for (const [channel, bytes] of waiting.entries()) {
      const samples = bytes.subarray(0, filled * 2);
      yield { index: frame * channels + channel, samples, silent: samples.every((byte) => byte === 0) };
    }
    waiting = waiting.map(() => new Uint8Array(frameSamples * 2));
    filled = 0;
    frame += 1;
  };
  for (const block of stream.blocks()) {
    const size = block[0]?.length ?? 0;
    for (let at = 0; at < size; ) {
      const count = Math.min(size - at, frameSamples - filled);
      for (const [channel, bytes] of waiting.entries()) {
        const view = new DataView(bytes.buffer);
        const samples = block[channel];
        for (let n = 0; n < count; n++) view.setInt16((filled + n) * 2, samples?.[at + n] ?? 0, true);
      }
      at += count;
      filled += count;
      if (filled === frameSamples) yield* done();
    }
  }
  if (filled > 0) yield* done();
}

const LEAF = Uint8Array.of(0);

export const frameHash = (nonce: Uint8Array, samples: Uint8Array, hash: TreeHash): Promise<Uint8Array> =>
  hashWith(hash, LEAF, nonce, samples);

/** The nonces of a frame secret: HMAC(secret, index as 8 bytes, big-endian). */
export const nonces = (secret: Uint8Array, hash: TreeHash): Promise<(index: number) => Promise<Uint8Array>> =>
  numberedMac(hash, secret);
