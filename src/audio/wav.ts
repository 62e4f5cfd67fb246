import type { Codec } from '../domain/codec.ts';
import { IvrError } from '../domain/error.ts';
import { ALAW_TO_LINEAR, MULAW_TO_LINEAR } from './g711.ts';

export type WavFormat = 'pcm16' | 'mulaw' | 'alaw';

export interface WavLayout {
  readonly format: WavFormat;
  readonly rate: number;
  readonly channels: number;
}

export interface Wav extends WavLayout {
  /** One array per channel, linear 16-bit whatever the format was. */
  readonly samples: readonly Int16Array[];
}

const TAGS: Readonly<Record<WavFormat, number>> = { pcm16: 1, alaw: 6, mulaw: 7 };
const EXTENSIBLE = 0xfffe;
const MOST_CHANNELS = 16;

const malformed = (expected: string): IvrError =>
  new IvrError('AUDIO_MALFORMED', `not a readable WAV file: expected ${expected}`, { expected });

/**
 * Reads a RIFF/WAVE file: 16-bit PCM, mu-law or A-law, any rate, up to 16 channels. Unknown chunks are skipped; a data
 * chunk that claims more than there is (a file still being written, or a stream) is read to the end.
 *
 * @throws IvrError AUDIO_MALFORMED, and nothing else
 */
export function parseWav(bytes: Uint8Array): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (offset: number): string => String.fromCharCode(...bytes.subarray(offset, offset + 4));
  if (bytes.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') throw malformed('RIFF and WAVE');
  let layout: WavLayout | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = tag(at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (id === 'fmt ') layout = parseLayout(view, body, Math.min(size, bytes.length - body));
    if (id === 'data') {
      if (layout === undefined) throw malformed('fmt before data');
      return { ...layout, samples: split(view, body, Math.min(size, bytes.length - body), layout) };
    }
    at = body + size + (size & 1);
  }
  throw malformed('a data chunk');
}

function parseLayout(view: DataView, offset: number, size: number): WavLayout {
  if (size < 16) throw malformed('16 bytes of fmt');
  const named = view.getUint16(offset, true);
  const code = named === EXTENSIBLE && size >= 26 ? view.getUint16(offset + 24, true) : named;
  const channels = view.getUint16(offset + 2, true);
  const rate = view.getUint32(offset + 4, true);
  const bits = view.getUint16(offset + 14, true);
  if (channels < 1 || channels > MOST_CHANNELS) throw malformed(`1 to ${MOST_CHANNELS} channels`);
  if (rate < 1000 || rate > 384_000) throw malformed('a rate of 1000 to 384000 Hz');
  if (code === TAGS.pcm16 && bits === 16) return { format: 'pcm16', rate, channels };
  if (code === TAGS.mulaw && bits === 8) return { format: 'mulaw', rate, channels };
  if (code === TAGS.alaw && bits === 8) return { format: 'alaw', rate, channels };
  throw malformed('16-bit PCM, mu-law or A-law');
}

function split(view: DataView, start: number, size: number, { format, channels }: WavLayout): Int16Array[] {
  const width = format === 'pcm16' ? 2 : 1;
  const table = format === 'alaw' ? ALAW_TO_LINEAR : MULAW_TO_LINEAR;
  const count = Math.floor(size / (width * channels));
  return Array.from({ length: channels }, (_, channel) => {
    const out = new Int16Array(count);
    for (let i = 0; i < count; i++) {
      const offset = start + (i * channels + channel) * width;
      out[i] = format === 'pcm16' ? view.getInt16(offset, true) : (table[view.getUint8(offset)] ?? 0);
    }
    return out;
  });
}

/**
 * What stands before the samples: 44 bytes for PCM; 58 for G.711, which wants a longer fmt and a fact chunk.
 *
 * @param dataBytes - of all channels together; an odd count wants a zero byte after the data
 */
export function formatWavHeader({ format, rate, channels }: WavLayout, dataBytes: number): Uint8Array<ArrayBuffer> {
  const width = format === 'pcm16' ? 2 : 1;
  return header({ tag: TAGS[format], bits: 8 * width, rate, channels, width, ratio: 1 }, dataBytes);
}

/** What stands before the octets of a codec, as they came over the wire: 58 bytes, 44 of linear ones. */
export function formatCodecHeader(
  { wav, sampleRate, channels, octetsPerMs }: Codec,
  dataBytes: number,
): Uint8Array<ArrayBuffer> {
  const width = Math.ceil(wav.bits / 8);
  const ratio = (sampleRate * width) / (1000 * octetsPerMs);
  return header({ ...wav, rate: sampleRate, channels, width, ratio }, dataBytes);
}

/** What a WAV file of the codec's octets is to `parseWav`; undefined: nothing that it reads. */
export function layoutOf({ wav: { tag, bits }, sampleRate, channels }: Codec): WavLayout | undefined {
  const format = (Object.keys(TAGS) as WavFormat[]).find((each) => TAGS[each] === tag);
  const usual = bits === (format === 'pcm16' ? 16 : 8);
  return format === undefined || !usual ? undefined : { format, rate: sampleRate, channels };
}

interface Fmt {
  readonly tag: number;
  readonly bits: number;
  readonly rate: number;
  readonly channels: number;
  /** Bytes of the least that can be read alone, of one channel; and the samples in it. */
  readonly width: number;
  readonly ratio: number;
}

function header({ tag, bits, rate, channels, width, ratio }: Fmt, dataBytes: number): Uint8Array<ArrayBuffer> {
  const length = tag === TAGS.pcm16 ? 44 : 58;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  const text = (offset: number, id: string): void => {
    for (let i = 0; i < 4; i++) bytes[offset + i] = id.charCodeAt(i);
  };
  text(0, 'RIFF');
  view.setUint32(4, length - 8 + dataBytes + (dataBytes & 1), true);
  text(8, 'WAVE');
  text(12, 'fmt ');
  view.setUint32(16, length === 44 ? 16 : 18, true);
  view.setUint16(20, tag, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, (rate * channels * width) / ratio, true);
  view.setUint16(32, channels * width, true);
  view.setUint16(34, bits, true);
  if (length !== 44) {
    text(38, 'fact');
    view.setUint32(42, 4, true);
    view.setUint32(46, Math.floor((dataBytes * ratio) / (channels * width)), true);
  }
  text(length - 8, 'data');
  view.setUint32(length - 4, dataBytes, true);
  return bytes;
}

/**
 * A 16-bit PCM file.
 *
 * @param samples - one array per channel; the shorter are filled up with silence
 */
export function formatWav(rate: number, samples: readonly Int16Array[]): Uint8Array<ArrayBuffer> {
  const channels = samples.length;
  const count = Math.max(0, ...samples.map((channel) => channel.length));
  const header = formatWavHeader({ format: 'pcm16', rate, channels }, count * channels * 2);
  const bytes = new Uint8Array(header.length + count * channels * 2);
  bytes.set(header);
  const view = new DataView(bytes.buffer, header.length);
  for (const [channel, track] of samples.entries())
    for (let i = 0; i < track.length; i++) view.setInt16((i * channels + channel) * 2, track[i] ?? 0, true);
  return bytes;
}
