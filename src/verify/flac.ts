import { Malformed } from './bytes.ts';

/* A FLAC decoder (RFC 9639), so that whoever verifies needs no other program: what the hashes of a second are of is its samples. */

export interface FlacStream {
  readonly rate: number;
  readonly channels: number;
  readonly bits: number;
  /** Samples of each channel. */
  readonly samples: number;
  /** Block by block, each with all channels. @throws Malformed */
  readonly blocks: () => Generator<readonly Int32Array[]>;
}

const MARKER = 0x664c6143;
const STREAMINFO_BYTES = 34;

/** @throws Malformed */
export function openFlac(bytes: Uint8Array): FlacStream {
  const bits = new Bits(bytes, 0);
  if (bits.read(32) !== MARKER) throw new Malformed('not a FLAC file');
  let info: Omit<FlacStream, 'blocks'> | undefined;
  for (let last = false; !last; ) {
    last = bits.read(1) === 1;
    const [type, length] = [bits.read(7), bits.read(24)];
    const end = bits.byte + length;
    if (type === 0 && length === STREAMINFO_BYTES) {
      bits.skip(80);
      info = {
        rate: bits.read(20),
        channels: bits.read(3) + 1,
        bits: bits.read(5) + 1,
        samples: bits.read(4) * 2 ** 32 + bits.read(32),
      };
    }
    bits.seek(end);
  }
  if (info === undefined) throw new Malformed('a FLAC file without STREAMINFO');
  const { channels, bits: depth } = info;
  const start = bits.byte;
  return { ...info, blocks: () => decodeFrames(bytes, start, channels, depth) };
}

function* decodeFrames(bytes: Uint8Array, start: number, channels: number, depth: number): Generator<Int32Array[]> {
  const bits = new Bits(bytes, start);
  while (bits.byte < bytes.length) {
    if (bits.read(15) !== 0x7ffc) throw new Malformed('a FLAC frame does not begin where it should');
    yield decodeFrame(bits, channels, depth);
  }
}

function decodeFrame(bits: Bits, channels: number, depth: number): Int32Array[] {
  bits.skip(1); // blocking strategy: both number their frames, and we need no numbers
  const [sizeCode, rateCode, assignment, depthCode] = [bits.read(4), bits.read(4), bits.read(4), bits.read(3)];
  bits.skip(1);
  skipCodedNumber(bits);
  const size = blockSize(sizeCode, bits);
  if (rateCode === 12) bits.skip(8);
  else if (rateCode === 13 || rateCode === 14) bits.skip(16);
  else if (rateCode === 15) throw new Malformed('a FLAC frame with no sample rate');
  bits.skip(8);
  if (depthCode !== 0 && [0, 8, 12, 0, 16, 20, 24, 32][depthCode] !== depth)
    throw new Malformed('a FLAC frame with another sample size');
  const stereo = assignment >= 8;
  if (assignment > 10 || (stereo ? 2 : assignment + 1) !== channels)
    throw new Malformed('a FLAC frame with another number of channels');
  const decoded: Int32Array[] = [];
  for (let channel = 0; channel < channels; channel++) {
    // the side channel has one bit more
    const side = (assignment === 9 && channel === 0) || ((assignment === 8 || assignment === 10) && channel === 1);
    decoded.push(decodeSubframe(bits, size, depth + (side ? 1 : 0)));
  }
  bits.align();
  bits.skip(16);
  const [first, second] = decoded;
  if (stereo && first !== undefined && second !== undefined) joinStereo(assignment, first, second);
  return decoded;
}

function joinStereo(assignment: number, first: Int32Array, second: Int32Array): void {
  for (let n = 0; n < first.length; n++) {
    const [a, b] = [first[n] ?? 0, second[n] ?? 0];
    if (assignment === 8) second[n] = a - b;
    else if (assignment === 9) first[n] = a + b;
    else {
      const middle = a * 2 + (b & 1);
      first[n] = (middle + b) >> 1;
      second[n] = (middle - b) >> 1;
    }
  }
}

function blockSize(code: number, bits: Bits): number {
  if (code === 1) return 192;
  if (code >= 2 && code <= 5) return 576 * 2 ** (code - 2);
  if (code === 6) return bits.read(8) + 1;
  if (code === 7) return bits.read(16) + 1;
  if (code >= 8) return 256 * 2 ** (code - 8);
  throw new Malformed('a FLAC frame of no size');
}

/** The frame's or sample's number, coded as UTF-8 codes characters, of up to seven bytes. */
function skipCodedNumber(bits: Bits): void {
  const first = bits.read(8);
  let more = 0;
  for (let mask = 0x80; (first & mask) !== 0 && mask > 1; mask >>= 1) more += 1;
  if (more > 1) bits.skip((more - 1) * 8);
}

function decodeSubframe(bits: Bits, size: number, depth: number): Int32Array {
  bits.skip(1);
  const type = bits.read(6);
  let wasted = 0;
  if (bits.read(1) === 1) wasted = bits.unary() + 1;
  const width = depth - wasted;
  if (width < 1) throw new Malformed('a FLAC subframe without bits');
  const samples = new Int32Array(size);
  if (type === 0) samples.fill(bits.signed(width));
  else if (type === 1) for (let n = 0; n < size; n++) samples[n] = bits.signed(width);
  else if (type >= 8 && type <= 12) decodeFixed(bits, samples, width, type - 8);
  else if (type >= 32) decodeLpc(bits, samples, width, type - 31);
  else throw new Malformed('a FLAC subframe of an unknown kind');
  if (wasted > 0) for (let n = 0; n < size; n++) samples[n] = (samples[n] ?? 0) << wasted;
  return samples;
}

const FIXED: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

function decodeFixed(bits: Bits, samples: Int32Array, width: number, order: number): void {
  warmUp(bits, samples, width, order);
  residual(bits, samples, order);
  predict(samples, FIXED[order] ?? [], order, 0);
}

function decodeLpc(bits: Bits, samples: Int32Array, width: number, order: number): void {
  warmUp(bits, samples, width, order);
  const precision = bits.read(4) + 1;
  const shift = bits.signed(5);
  if (precision === 16 || shift < 0) throw new Malformed('a FLAC predictor that is not allowed');
  const coefficients = Array.from({ length: order }, () => bits.signed(precision));
  residual(bits, samples, order);
  predict(samples, coefficients, order, shift);
}

function warmUp(bits: Bits, samples: Int32Array, width: number, order: number): void {
  if (order > samples.length) throw new Malformed('a FLAC predictor longer than its block');
  for (let n = 0; n < order; n++) samples[n] = bits.signed(width);
}

function predict(samples: Int32Array, coefficients: readonly number[], order: number, shift: number): void {
  const divisor = 2 ** shift;
  for (let n = order; n < samples.length; n++) {
    let sum = 0;
    for (let k = 0; k < order; k++) sum += (coefficients[k] ?? 0) * (samples[n - 1 - k] ?? 0);
    samples[n] = (samples[n] ?? 0) + (shift === 0 ? sum : Math.floor(sum / divisor));
  }
}

/** Writes what the predictor left into the samples after the first `order`. */
function residual(bits: Bits, samples: Int32Array, order: number): void {
  const method = bits.read(2);
  if (method > 1) throw new Malformed('a FLAC residual of an unknown kind');
  const [parameterBits, escape] = method === 0 ? [4, 15] : [5, 31];
  const partitions = 2 ** bits.read(4);
  const each = samples.length / partitions;
  if (!Number.isInteger(each) || each < order) throw new Malformed('FLAC partitions that do not fit their block');
  let n = order;
  for (let partition = 1; partition <= partitions; partition++) {
    const parameter = bits.read(parameterBits);
    const end = partition * each;
    if (parameter === escape) {
      const width = bits.read(5);
      for (; n < end; n++) samples[n] = width === 0 ? 0 : bits.signed(width);
    } else for (; n < end; n++) samples[n] = bits.rice(parameter);
  }
}

/** Bits from the highest of each byte down. An hour of a call is read in seconds: mind what is done per sample. */
class Bits {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  /** In bits; files are below 512 MiB. */
  #bit: number;

  constructor(bytes: Uint8Array, byte: number) {
    if (bytes.length >= 2 ** 29) throw new Malformed('a FLAC file of more than 512 MiB');
    this.#bytes = bytes;
    this.#end = bytes.length * 8;
    this.#bit = byte * 8;
  }

  get byte(): number {
    return this.#bit >>> 3;
  }

  seek(byte: number): void {
    this.#bit = byte * 8;
  }

  skip(count: number): void {
    this.#bit += count;
  }

  align(): void {
    this.#bit = Math.ceil(this.#bit / 8) * 8;
  }

  /** Up to 32 bits, unsigned. */
  read(count: number): number {
    if (count === 0) return 0;
    if (count > 24) return this.read(count - 16) * 65_536 + this.read(16);
    if (this.#bit + count > this.#end) throw new Malformed('a FLAC file that ends too early');
    const value = (this.#window() << (this.#bit & 7)) >>> (32 - count);
    this.#bit += count;
    return value;
  }

  signed(count: number): number {
    const value = this.read(count);
    return value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  unary(): number {
    for (let count = 0; ; ) {
      const used = this.#bit & 7;
      const zeros = Math.min(Math.clz32(this.#window() << used), 32 - used);
      if (this.#bit + zeros >= this.#end) throw new Malformed('a FLAC file that ends too early');
      count += zeros;
      this.#bit += zeros;
      if (zeros < 32 - used) {
        this.#bit += 1;
        return count;
      }
    }
  }

  rice(parameter: number): number {
    const value = this.unary() * 2 ** parameter + this.read(parameter);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** 32 bits from the byte that we are in. */
  #window(): number {
    const [bytes, at] = [this.#bytes, this.#bit >>> 3];
    return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  }
}
