import { type RecordingSample, recordingSample } from '../domain/units.ts';
import { audibleIn } from '../audio/audible.ts';
import { codecOf } from '../audio/codecs.ts';
import { FrameDecoder } from '../audio/frame-codec.ts';
import { formatCodecHeader, formatWavHeader } from '../audio/wav.ts';
import { type Codec, octetsPerSample } from '../domain/codec.ts';
import { DurableFile } from './durable-file.ts';
import { AUDIO_NAME, type FileEntry, type Manifest, type ManifestTrack } from './manifest.ts';
import type { SealedFolder } from './sealed-folder.ts';
import { heardIn, readWindow, type TrackTimeline } from './track-timeline.ts';

export const RATE = 8_000;
const WINDOW = 8 * RATE;
/** Of a window, decoded at a time: 100 ms. */
const BLOCK = RATE / 10;

/** What the customer heard: whatever is not a track of what the customer did not hear. */
const isRight = (track: string): boolean => track !== 'customer' && !track.endsWith('-private');
const isLeft = (track: string): boolean => track === 'customer';
/** The bot first, then the persons. */
const inOrder = (a: string, b: string): number => Number(b === 'bot') - Number(a === 'bot') || (a < b ? -1 : 1);

interface TrackFile {
  readonly timeline: TrackTimeline;
  readonly codec: Codec;
  /** From window to window. */
  readonly decoder: FrameDecoder;
  readonly file: DurableFile;
  sounding: number;
}

/**
 * Writes the tracks as they came (WAV of the codec's octets, one file for each codec that a track used, all beginning at sample 0) and the
 * stereo rendering (16-bit PCM, whatever was mixed), window by window: memory does not grow with the length of the call.
 *
 * @param folder - exists, with `tracks` in it; both are empty
 * @param samples - of every file; even, so that no file needs a padding byte
 */
export async function renderRecording(
  timelines: readonly TrackTimeline[],
  samples: number,
  folder: SealedFolder,
): Promise<{ readonly audio: Manifest['audio']; readonly tracks: readonly ManifestTrack[] }> {
  const open: DurableFile[] = [];
  const create = (path: string): DurableFile => {
    const file = DurableFile.create(folder, path);
    open.push(file);
    return file;
  };
  try {
    const stereo = create(AUDIO_NAME);
    stereo.write(formatWavHeader({ format: 'pcm16', rate: RATE, channels: 2 }, samples * 4));
    const files: TrackFile[] = [];
    for (const timeline of timelines)
      for (const name of timeline.codecs) {
        const codec = codecOf(name);
        const file = create(`tracks/${timeline.track}.${name.toLowerCase()}.wav`);
        file.write(formatCodecHeader(codec, samples * octetsPerSample(codec)));
        files.push({ timeline, codec, decoder: new FrameDecoder(codec), file, sounding: 0 });
      }
    for (let at = 0; at < samples; at += WINDOW)
      stereo.write(renderWindow(files, recordingSample(at), Math.min(WINDOW, samples - at)));
    const tracks: ManifestTrack[] = [];
    for (const track of files) tracks.push(describe(track, await track.file.finish()));
    const names = new Set(timelines.map(({ track }) => track));
    const heard = (side: (track: string) => boolean): readonly string[] => [...names].filter(side).toSorted(inOrder);
    return { audio: { ...(await stereo.finish()), left: heard(isLeft), right: heard(isRight) }, tracks };
  } catch (thrown) {
    for (const file of open) file[Symbol.dispose]();
    throw thrown;
  }
}

function renderWindow(files: readonly TrackFile[], at: RecordingSample, length: number): Buffer {
  const stereo = new Int16Array(length * 2);
  for (const track of files) {
    const window = readWindow(track.timeline, track.codec.name, at, length);
    const width = octetsPerSample(track.codec);
    track.file.write(window);
    const side = isLeft(track.timeline.track) ? 0 : isRight(track.timeline.track) ? 1 : undefined;
    for (let from = 0; from < length; from += BLOCK) {
      const { samples } = track.decoder.decode(window.subarray(from * width, (from + BLOCK) * width));
      track.sounding += audibleIn(samples);
      if (side !== undefined) mixIn(stereo, side, from, samples);
    }
  }
  return Buffer.from(stereo.buffer); // little-endian, as every machine that Node runs on
}

function mixIn(stereo: Int16Array, side: number, from: number, samples: Int16Array): void {
  for (let i = 0; i < samples.length; i++) {
    const at = (from + i) * 2 + side;
    const sum = (stereo[at] ?? 0) + (samples[i] ?? 0);
    stereo[at] = sum > 32_767 ? 32_767 : sum < -32_768 ? -32_768 : sum;
  }
}

function describe({ timeline, codec, sounding }: TrackFile, entry: FileEntry): ManifestTrack {
  const received = heardIn(timeline, codec.name);
  return {
    ...entry,
    track: timeline.track,
    codec: codec.name,
    from: timeline.from,
    to: timeline.to,
    received,
    sounding,
  };
}
