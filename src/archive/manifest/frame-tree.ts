import type { HashName } from '../../lib/crypto-profile.ts';
import { openFlac } from '../../verify/flac.ts';
import { type Frame, frameHash, framesOf, nonces } from '../../verify/frames.ts';
import { rootOf } from '../../verify/merkle.ts';
import type { FrameTree } from './archived-manifest.ts';

/** A second of audio is the least that can be shown or left out by itself. */
const FRAME_SECONDS = 1;

/**
 * The tree of a FLAC file's seconds, channel by channel (see `FrameTree`).
 *
 * @param secret - 32 random bytes, kept with the audio
 * @throws Malformed when it is not a FLAC file of 16 bits
 */
export async function frameTree(flac: Uint8Array, secret: Uint8Array, hash: HashName): Promise<FrameTree> {
  const stream = openFlac(flac);
  const samples = stream.rate * FRAME_SECONDS;
  const nonce = await nonces(secret, hash);
  const hashes: Uint8Array[] = [];
  for (const { index, samples: bytes } of framesOf(stream, samples))
    hashes.push(await frameHash(await nonce(index), bytes, hash));
  const root = Buffer.from(await rootOf(hashes, hash)).toString('hex');
  return { frame_samples: samples, frames: hashes.length, ...(hash === 'sm3' ? { hash } : {}), root };
}

/** Of each frame, in the order of the leaves, what an export gives: the nonce of one that is shown, the hash of one that is left out. */
export async function disclose(
  frames: Iterable<Frame>,
  secret: Uint8Array,
  hash: HashName,
  hidden: (index: number) => boolean,
): Promise<readonly ({ readonly nonce: string } | { readonly hash: string })[]> {
  const nonce = await nonces(secret, hash);
  const given: ({ readonly nonce: string } | { readonly hash: string })[] = [];
  for (const { index, samples } of frames) {
    const own = await nonce(index);
    if (hidden(index)) given.push({ hash: Buffer.from(await frameHash(own, samples, hash)).toString('hex') });
    else given.push({ nonce: Buffer.from(own).toString('hex') });
  }
  return given;
}
