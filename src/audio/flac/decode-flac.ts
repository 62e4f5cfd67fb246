import { BitReader } from './bit-reader.ts';
import { BITS, crc8, crc16, type FlacStream, malformedFlac } from './flac-stream.ts';

export interface FlacFrame {
  /** Of the block, from 0: its first sample is `index * blockSize`. */
  readonly index: number;
  /** One array per channel. */
  readonly channels: readonly Int16Array[];
  /** After the frame's last byte. */
  readonly end: number;
}

interface FrameHeader {
  readonly index: number;
  readonly count: number;
  /** After the header. */
  readonly end: number;
}

/**
 * Decodes the frame at `offset`, as `encodeFlacFrame` makes them.
 *
 * @throws IvrError AUDIO_MALFORMED, and nothing else
 */
export function decodeFlacFrame(bytes: Uint8Array, offset: number, stream: FlacStream): FlacFrame {
  const header = frameHeaderAt(bytes, offset, stream);
  if (header === undefined) throw malformedFlac('a frame');
  const bits = new BitReader(bytes, header.end);
  const channels = Array.from({ length: stream.channels }, () => subframe(bits, header.count));
  bits.align();
  const end = bits.position;
  if (bits.take(16) !== crc16(bytes, offset, end)) throw malformedFlac("a frame's checksum to be right");
  return { index: header.index, channels, end: end + 2 };
}

/**
 * Where the next frame begins at or after `from`, for finding one's way in a stream without a table: `undefined` when none does. What looks like
 * the head of a frame and is none is refused by its checksum 255 times in 256, and by its number.
 */
export function findFlacFrame(
  bytes: Uint8Array,
  from: number,
  stream: FlacStream,
): { readonly offset: number; readonly index: number } | undefined {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const header = frameHeaderAt(bytes, at, stream);
    if (header !== undefined) return { offset: at, index: header.index };
  }
  return undefined;
}

function frameHeaderAt(bytes: Uint8Array, offset: number, stream: FlacStream): FrameHeader | undefined {
  if (bytes[offset] !== 0xff || bytes[offset + 1] !== 0xf8) return undefined;
  if ((bytes[offset + 2] ?? 0) >> 4 !== 7 || bytes[offset + 3] !== (((stream.channels - 1) << 4) | 8)) return undefined;
  const number = numberAt(bytes, offset + 4);
  if (number === undefined) return undefined;
  const after = offset + 4 + number.length;
  if (after + 3 > bytes.length || crc8(bytes, offset, after + 2) !== bytes[after + 2]) return undefined;
  const count = (((bytes[after] ?? 0) << 8) | (bytes[after + 1] ?? 0)) + 1;
  const first = number.value * stream.blockSize;
  if (first >= stream.samples || count !== Math.min(stream.blockSize, stream.samples - first)) return undefined;
  return { index: number.value, count, end: after + 3 };
}

function numberAt(bytes: Uint8Array, offset: number): { readonly value: number; readonly length: number } | undefined {
  const lead = bytes[offset] ?? 0xff;
  if (lead < 0x80) return { value: lead, length: 1 };
  const length = Math.clz32(~(lead << 24));
  if (length < 2 || length > 7) return undefined;
  let value = lead & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const byte = bytes[offset + i] ?? 0;
    if (byte >> 6 !== 2) return undefined;
    value = value * 64 + (byte & 0x3f);
  }
  return { value, length };
}

function subframe(bits: BitReader, count: number): Int16Array {
  const head = bits.take(8);
  const type = head >> 1;
  const wasted = head & 1 ? bits.unary() + 1 : 0;
  const width = BITS - wasted;
  if (head >= 0x80 || width < 1) throw malformedFlac('a subframe');
  const samples = new Int32Array(count);
  if (type === 0) samples.fill(bits.signed(width));
  else if (type === 1) for (let i = 0; i < count; i++) samples[i] = bits.signed(width);
  else if (type >= 8 && type <= 12) predicted(bits, samples, type - 8, width);
  else throw malformedFlac('a constant, verbatim or fixed subframe');
  return Int16Array.from(samples, (sample) => sample << wasted);
}

/** What the samples before weigh in the fixed predictors (RFC 9639 section 9.2.5). */
const WEIGHTS: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

function predicted(bits: BitReader, samples: Int32Array, order: number, width: number): void {
  if (order > samples.length) throw malformedFlac('a block longer than its predictor');
  for (let i = 0; i < order; i++) samples[i] = bits.signed(width);
  residual(bits, samples, order);
  let [a, b, c, d] = [
    samples[order - 1] ?? 0,
    samples[order - 2] ?? 0,
    samples[order - 3] ?? 0,
    samples[order - 4] ?? 0,
  ];
  const [one = 0, two = 0, three = 0, four = 0] = WEIGHTS[order] ?? [];
  for (let i = order; i < samples.length; i++) {
    const sample = (samples[i] ?? 0) + one * a + two * b + three * c + four * d;
    samples[i] = sample;
    d = c;
    c = b;
    b = a;
    a = sample;
  }
}

function residual(bits: BitReader, into: Int32Array, order: number): void {
  if (bits.take(2) !== 0) throw malformedFlac('Rice parameters of four bits');
  const partitions = bits.take(4);
  const size = into.length >> partitions;
  if (size << partitions !== into.length || size < order) throw malformedFlac('partitions that fit the block');
  for (let p = 0; p < 1 << partitions; p++) {
    const parameter = bits.take(4);
    if (parameter === 15) throw malformedFlac('Rice codes');
    for (let i = p === 0 ? order : p * size; i < (p + 1) * size; i++) {
      const value = (bits.unary() << parameter) | bits.take(parameter);
      into[i] = (value >>> 1) ^ -(value & 1);
    }
  }
}
