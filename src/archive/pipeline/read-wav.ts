import { ALAW_TO_LINEAR, MULAW_TO_LINEAR } from '../../audio/g711.ts';
import { formatWavHeader, type WavLayout } from '../../audio/wav.ts';
import { IvrError } from '../../domain/error.ts';
import { openSealedFile, type SealedPath } from '../../recording/sealed-folder.ts';

/** A WAV file of a sealed recording: what its manifest says it is. */
export interface SealedWav extends SealedPath {
  readonly layout: WavLayout;
  /** Of each channel. */
  readonly samples: number;
}

export const damaged = (path: string, what: string): IvrError =>
  new IvrError('RECORDING_DAMAGED', `${path}: ${what}`, { path });

/** Its bytes after the header, the given number of samples at a time. @throws IvrError RECORDING_DAMAGED */
export async function* readWavData(
  { path, key, layout, samples }: SealedWav,
  block: number,
): AsyncGenerator<Buffer, void, void> {
  const width = (layout.format === 'pcm16' ? 2 : 1) * layout.channels;
  const header = Buffer.from(formatWavHeader(layout, samples * width));
  await using file = await openSealedFile({ path, key });
  if (!header.equals(await file.read(0, header.length))) throw damaged(path, 'it has another beginning');
  for (let at = 0; at < samples; at += block) {
    const count = Math.min(block, samples - at);
    const from = header.length + at * width;
    const bytes = Buffer.from(await file.read(from, from + count * width));
    if (bytes.length < count * width) throw damaged(path, 'it is shorter than its manifest says');
    yield bytes;
  }
}

/** One array per channel, linear. */
export function samplesOf(bytes: Buffer, { format, channels }: WavLayout): readonly Int16Array[] {
  const width = format === 'pcm16' ? 2 : 1;
  const table = format === 'alaw' ? ALAW_TO_LINEAR : MULAW_TO_LINEAR;
  const count = bytes.length / (width * channels);
  return Array.from({ length: channels }, (_, channel) => {
    const out = new Int16Array(count);
    for (let i = 0; i < count; i++) {
      const place = i * channels + channel;
      out[i] = format === 'pcm16' ? bytes.readInt16LE(place * 2) : (table[bytes[place] ?? 0] ?? 0);
    }
    return out;
  });
}

/** The other way: 16-bit little-endian, interleaved. */
export function interleave(channels: readonly Int16Array[]): Buffer {
  const count = channels[0]?.length ?? 0;
  const out = Buffer.allocUnsafe(count * channels.length * 2);
  for (const [channel, track] of channels.entries())
    for (let i = 0; i < count; i++) out.writeInt16LE(track[i] ?? 0, (i * channels.length + channel) * 2);
  return out;
}
