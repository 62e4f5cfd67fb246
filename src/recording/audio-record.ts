import { codecOf } from '../audio/codecs.ts';
import { CODEC_NAMES, octetsPerSample } from '../domain/codec.ts';
import type { GapReason, TapChunk, TapGap } from './tap.ts';
import { recordingSample } from '../domain/units.ts';

/* The payload of an AUDIO record: u8 n | track's name (n) | u8 codec | u32 at | u16 gaps | gaps (u32 at, u32 samples, u8 reason) | the codec's octets. */

export type AudioRecord = Pick<TapChunk, 'track' | 'codec' | 'at' | 'gaps' | 'payload'>;

const REASONS: readonly GapReason[] = ['loss', 'no-rtp', 'masked', 'hold', 'overflow', 'not-sent'];
const TRACK_NAME = /^[a-z][a-z0-9-]{0,31}$/;
/** A day at 8 kHz: what lies beyond is a mistake, not a call. */
export const MAX_SAMPLES = 86_400 * 8_000;
const MAX_GAPS = 1_000;
/** Octets of a gap in the head. */
const GAP_BYTES = 9;
/** Longer than any chunk, ms. */
const LONGEST_MS = 4_000;

const isSample = (n: unknown): n is number => Number.isInteger(n) && Number(n) >= 0 && Number(n) <= MAX_SAMPLES;

/** What is wrong with a chunk that came over a line, or undefined. */
export function faultOf(chunk: AudioRecord): string | undefined {
  if (typeof chunk.track !== 'string' || !TRACK_NAME.test(chunk.track)) return 'track';
  if (!CODEC_NAMES.includes(chunk.codec)) return 'codec';
  if (!isSample(chunk.at)) return 'at';
  if (!(chunk.payload instanceof Uint8Array) || !Number.isInteger(samplesOf(chunk))) return 'payload';
  if (chunk.payload.length > LONGEST_MS * codecOf(chunk.codec).octetsPerMs) return 'payload';
  if (!Array.isArray(chunk.gaps) || chunk.gaps.length > MAX_GAPS) return 'gaps';
  const whole = (gap: TapGap): boolean => isSample(gap.at) && isSample(gap.samples) && REASONS.includes(gap.because);
  return chunk.gaps.every(whole) ? undefined : 'gaps';
}

/** How long it is, in samples at the telephone's rate. */
export const samplesOf = ({ codec, payload }: Pick<AudioRecord, 'codec' | 'payload'>): number =>
  payload.length / octetsPerSample(codecOf(codec));

const headBytes = ({ track, gaps }: AudioRecord): number => 8 + track.length + gaps.length * GAP_BYTES;

/** Of the whole record. */
export const audioBytes = (chunk: AudioRecord): number => headBytes(chunk) + chunk.payload.length;

/** @returns where it ends */
export function writeAudio(chunk: AudioRecord, into: Buffer, offset: number): number {
  const at = writeHead(chunk, into, offset);
  into.set(chunk.payload, at);
  return at + chunk.payload.length;
}

/** @returns head and octets, in their order */
export function formatAudio(chunk: AudioRecord): readonly Uint8Array[] {
  const head = Buffer.allocUnsafe(headBytes(chunk));
  writeHead(chunk, head, 0);
  return [head, chunk.payload];
}

function writeHead({ track, codec, at: start, gaps }: AudioRecord, into: Buffer, offset: number): number {
  let at = into.writeUInt8(track.length, offset);
  at += into.write(track, at, 'latin1');
  at = into.writeUInt8(CODEC_NAMES.indexOf(codec), at);
  at = into.writeUInt32BE(start, at);
  at = into.writeUInt16BE(gaps.length, at);
  for (const gap of gaps) {
    at = into.writeUInt32BE(gap.at, at);
    at = into.writeUInt32BE(gap.samples, at);
    at = into.writeUInt8(REASONS.indexOf(gap.because), at);
  }
  return at;
}

/** The inverse; undefined when the payload is not an audio record. The octets are a view of `bytes`. Never throws. */
export function parseAudio(bytes: Uint8Array): AudioRecord | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const nameLength = buffer[0];
  if (nameLength === undefined || buffer.length < 8 + nameLength) return undefined;
  const track = buffer.toString('latin1', 1, 1 + nameLength);
  let at = 1 + nameLength;
  const codec = CODEC_NAMES[buffer.readUInt8(at)];
  const start = buffer.readUInt32BE(at + 1);
  const count = buffer.readUInt16BE(at + 5);
  at += 7;
  if (codec === undefined || buffer.length < at + count * GAP_BYTES) return undefined;
  const gaps: TapGap[] = [];
  for (let i = 0; i < count; i++, at += GAP_BYTES) {
    const because = REASONS[buffer.readUInt8(at + 8)];
    if (because === undefined) return undefined;
    gaps.push({ at: recordingSample(buffer.readUInt32BE(at)), samples: buffer.readUInt32BE(at + 4), because });
  }
  const record = { track, codec, at: recordingSample(start), gaps, payload: buffer.subarray(at) };
  return faultOf(record) === undefined ? record : undefined;
}

/** Masked stretches become silence whatever the media worker sent: nothing secret reaches the disk. */
export function silenceMasked(chunk: AudioRecord): void {
  for (const gap of chunk.gaps)
    if (gap.because === 'masked') {
      const codec = codecOf(chunk.codec);
      const octet = (sample: number): number => Math.max(0, sample - chunk.at) * octetsPerSample(codec);
      chunk.payload.fill(codec.silence, octet(gap.at), octet(gap.at + gap.samples));
    }
}
