import { createHash } from 'node:crypto';
import { encodeFlacFrame } from '../../audio/flac/encode-flac.ts';
import { FLAC_BLOCK_SIZE, formatFlacHeader } from '../../audio/flac/flac-stream.ts';
import { openFlac } from '../../verify/flac.ts';
import { framesOf } from '../../verify/frames.ts';
import type { ArchivedManifest, MaskedSpan } from '../manifest/archived-manifest.ts';
import { disclose } from '../manifest/frame-tree.ts';

export interface RedactedAudio {
  readonly flac: Uint8Array;
  /** `frames.json`: of each frame its nonce, or the hash of one that is silent now. */
  readonly frames: readonly ({ readonly nonce: string } | { readonly hash: string })[];
  /** Frames (seconds of one channel) that are silent. */
  readonly hidden: number;
}

/** Indexes of the frames that a span touches. */
export function framesWithin(spans: readonly MaskedSpan[], { audio }: ArchivedManifest): ReadonlySet<number> {
  const channels = audio.channels.length;
  const count = audio.frames.frames / channels;
  const frameMs = (audio.frames.frame_samples * 1000) / audio.rate;
  const hidden = new Set<number>();
  for (const { channel, from_ms, to_ms } of spans)
    for (
      let frame = Math.max(0, Math.floor(from_ms / frameMs));
      frame < Math.min(count, Math.ceil(to_ms / frameMs));
      frame++
    )
      hidden.add(frame * channels + channel);
  return hidden;
}

/** The audio with those frames silent, and what proves that the others are what was recorded. */
export async function redactAudio(
  flac: Uint8Array,
  secret: Uint8Array,
  manifest: ArchivedManifest,
  hidden: ReadonlySet<number>,
): Promise<RedactedAudio> {
  const { frame_samples, hash = 'sha256' } = manifest.audio.frames;
  const stream = openFlac(flac);
  const frames = await disclose(framesOf(stream, frame_samples), secret, hash, (index) => hidden.has(index));
  const pcm = Array.from({ length: stream.channels }, () => new Int16Array(stream.samples));
  for (const { index, samples } of framesOf(stream, frame_samples)) {
    if (hidden.has(index)) continue;
    const at = Math.floor(index / stream.channels) * frame_samples;
    pcm[index % stream.channels]?.set(new Int16Array(Uint8Array.from(samples).buffer), at);
  }
  return { flac: encode(pcm, stream.rate, stream.samples), frames, hidden: hidden.size };
}

function encode(channels: readonly Int16Array[], rate: number, samples: number): Uint8Array {
  const md5 = createHash('md5');
  const frames: Uint8Array[] = [];
  for (let at = 0; at < samples; at += FLAC_BLOCK_SIZE) {
    const block = channels.map((channel) => channel.subarray(at, at + FLAC_BLOCK_SIZE));
    frames.push(encodeFlacFrame(block, rate, at / FLAC_BLOCK_SIZE));
    md5.update(interleaved(block));
  }
  const header = formatFlacHeader({
    rate,
    channels: channels.length,
    samples,
    blockSize: FLAC_BLOCK_SIZE,
    md5: md5.digest(),
  });
  return Buffer.concat([header, ...frames]);
}

function interleaved(block: readonly Int16Array[]): Buffer {
  const count = block[0]?.length ?? 0;
  const bytes = Buffer.alloc(count * block.length * 2);
  for (const [channel, samples] of block.entries())
    for (let n = 0; n < count; n++) bytes.writeInt16LE(samples[n] ?? 0, (n * block.length + channel) * 2);
  return bytes;
}
