import { createHash } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { decodeFlacFrame } from '../../audio/flac/decode-flac.ts';
import { encodeFlacFrame } from '../../audio/flac/encode-flac.ts';
import { FLAC_BLOCK_SIZE, type FlacStream, formatFlacHeader } from '../../audio/flac/flac-stream.ts';
import { formatWavHeader } from '../../audio/wav.ts';
import { type CryptoProfile, hashOf, openDigests } from '../../lib/crypto-profile.ts';
import { syncFolder } from '../../lib/durable-folder.ts';
import type { ContainerHeader } from '../container/container.ts';
import { sealContainer } from '../container/seal-container.ts';
import { type FoundKey, type KeyNeedle, openKeySearch } from '../leaks/key-needles.ts';
import { type FoundTones, openToneScan } from '../leaks/tone-scan.ts';
import type { ArchivedFile, FrameTree } from '../manifest/archived-manifest.ts';
import { openFrameRoot } from './frame-root.ts';
import { openPeakMeter, type Peaks } from './peaks.ts';
import { damaged, interleave, readWavData, samplesOf, type SealedWav } from './read-wav.ts';

export interface SealAudioJob {
  readonly wav: SealedWav;
  /** Of the WAV file, as the sealed manifest has it; hexadecimal. */
  readonly wavSha256: string;
  readonly header: ContainerHeader;
  readonly key: Uint8Array;
  /** The container; appears whole and durable, or not at all. */
  readonly to: string;
  readonly frameSecret: Uint8Array;
  /** Keys that must not be in it. */
  readonly needles: readonly KeyNeedle[];
  readonly profile: CryptoProfile;
}

export interface SealedAudio {
  /** The FLAC, before encryption. */
  readonly flac: ArchivedFile;
  readonly samples: number;
  readonly frames: FrameTree;
  readonly peaks: Peaks;
  /** Tones of keys in it, and bytes of keys. */
  readonly tones: FoundTones;
  readonly keys: readonly FoundKey[];
}

/**
 * A WAV of a sealed recording as FLAC in a container. Each frame is decoded again and compared, and the whole with the
 * sealed manifest: what is archived is the audio that was sealed, bit for bit.
 *
 * @throws IvrError RECORDING_DAMAGED, and what the disk throws
 */
export async function sealAudio(job: SealAudioJob): Promise<SealedAudio> {
  const { wav, wavSha256, header, key, to, frameSecret } = job;
  const { md5, sha256 } = await hashWav(wav);
  if (sha256 !== wavSha256) throw damaged(wav.path, 'its content was changed after it was sealed');
  const { rate, channels } = wav.layout;
  const stream: FlacStream = { rate, channels, samples: wav.samples, blockSize: FLAC_BLOCK_SIZE, md5 };
  const root = openFrameRoot(frameSecret, hashOf(job.profile));
  const peaks = openPeakMeter(rate, wav.samples, channels);
  const flac = openDigests(job.profile);
  const tones = openToneScan(channels);
  const keys = openKeySearch(job.needles, 'raw');
  let bytes = 0;
  async function* content(): AsyncGenerator<Uint8Array, void, void> {
    for await (const part of flacOf(
      wav,
      stream,
      (block) => {
        peaks.add(block);
        tones.hear(block);
      },
      (second) => root.add(second),
    )) {
      flac.update(part);
      keys.add(part);
      bytes += part.length;
      yield part;
    }
  }
  const beside = `${to}.new`;
  await using file = await open(beside, 'w', 0o600);
  for await (const part of sealContainer(header, key, content())) await file.writeFile(part);
  await file.sync();
  await rename(beside, to);
  await syncFolder(dirname(to));
  return {
    flac: { path: header.name, bytes, ...flac.finish() },
    samples: wav.samples,
    frames: { frame_samples: rate, ...root.finish() },
    peaks: peaks.finish(),
    tones: tones.finish(),
    keys: keys.finish(),
  };
}

async function hashWav(wav: SealedWav): Promise<{ readonly md5: Uint8Array; readonly sha256: string }> {
  const [md5, sha256] = [createHash('md5'), createHash('sha256')];
  const width = (wav.layout.format === 'pcm16' ? 2 : 1) * wav.layout.channels;
  sha256.update(formatWavHeader(wav.layout, wav.samples * width));
  for await (const data of readWavData(wav, FLAC_BLOCK_SIZE * 16)) {
    sha256.update(data);
    md5.update(wav.layout.format === 'pcm16' ? data : interleave(samplesOf(data, wav.layout)));
  }
  return { md5: md5.digest(), sha256: sha256.digest('hex') };
}

/** Header and frames; `onBlock` is told of the samples, `onSecond` of each second of each channel. */
async function* flacOf(
  wav: SealedWav,
  stream: FlacStream,
  onBlock: (channels: readonly Int16Array[]) => void,
  onSecond: (samples: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void, void> {
  yield formatFlacHeader(stream);
  const again = createHash('md5');
  const seconds = Array.from({ length: stream.channels }, () => new Int16Array(stream.rate));
  let filled = 0;
  const second = (): void => {
    for (const channel of seconds) onSecond(interleave([channel.subarray(0, filled)]));
    filled = 0;
  };
  let index = 0;
  for await (const data of readWavData(wav, stream.blockSize)) {
    const channels = samplesOf(data, wav.layout);
    const frame = encodeFlacFrame(channels, stream.rate, index);
    const decoded = decodeFlacFrame(frame, 0, stream).channels;
    const back = interleave(decoded);
    if (!back.equals(interleave(channels))) throw damaged(wav.path, `block ${index} was not encoded as it is`);
    again.update(back);
    onBlock(channels);
    for (let at = 0; at < (channels[0]?.length ?? 0); ) {
      const count = Math.min(stream.rate - filled, (channels[0]?.length ?? 0) - at);
      for (const [channel, into] of seconds.entries())
        into.set(channels[channel]?.subarray(at, at + count) ?? [], filled);
      filled += count;
      at += count;
      if (filled === stream.rate) second();
    }
    index += 1;
    yield frame;
  }
  if (filled > 0) second();
  if (!again.digest().equals(stream.md5)) throw damaged(wav.path, 'it was changed while it was archived');
}
