import { BitWriter } from './bit-writer.ts';
import { BITS, crc8, crc16 } from './flac-stream.ts';

const RATE_CODES: Readonly<Record<number, number>> = { 8000: 4, 16_000: 5, 48_000: 10 };
const MOST_PARTITIONS = 4;
const MOST_RICE = 14;
const ORDERS = 5;

/**
 * Encodes one block as a frame (RFC 9639 section 9): fixed predictors, partitioned Rice codes, wasted bits (what G.711 became
 * has two or three), verbatim where that is shorter. Each frame can be decoded by itself.
 *
 * @param channels - one array per channel, all of one length of 1 to 65,535; at most 8
 * @param index - of the block, from 0
 * @returns bit-exact: `decodeFlacFrame` gives the same samples
 */
export function encodeFlacFrame(channels: readonly Int16Array[], rate: number, index: number): Uint8Array {
  const count = channels[0]?.length ?? 0;
  const out = new BitWriter(new Uint8Array(32 + channels.length * (count * 2 + 8)));
  out.put(0x3ffe, 14);
  out.put(0, 2); // blocks of one size
  out.put(7, 4); // the block's length follows in 16 bits
  out.put(RATE_CODES[rate] ?? 0, 4);
  out.put(channels.length - 1, 4);
  out.put(4, 3); // 16 bits a sample
  out.put(0, 1);
  putNumber(out, index);
  out.put(count - 1, 16);
  out.put(crc8(out.bytes, 0, out.length), 8);
  for (const channel of channels) putSubframe(out, channel);
  out.align();
  out.put(crc16(out.bytes, 0, out.length), 16);
  return out.bytes.subarray(0, out.length);
}

/** In the manner of UTF-8 (section 9.1.5). */
function putNumber(out: BitWriter, number: number): void {
  if (number < 0x80) return out.put(number, 8);
  let more = 1;
  while (more < 6 && number >= 2 ** (5 * more + 6)) more += 1;
  const lead = (0xff << (7 - more)) & 0xff;
  out.put(lead | Math.floor(number / 2 ** (6 * more)), 8);
  for (let shift = more - 1; shift >= 0; shift--) out.put(0x80 | (Math.floor(number / 2 ** (6 * shift)) & 0x3f), 8);
}

function putSubframe(out: BitWriter, channel: Int16Array): void {
  const first = channel[0] ?? 0;
  if (channel.every((sample) => sample === first)) {
    out.put(0, 8);
    out.put(first, BITS);
    return;
  }
  const wasted = wastedBits(channel);
  const samples = Int32Array.from(channel, (sample) => sample >> wasted);
  const bits = BITS - wasted;
  const order = bestOrder(samples);
  const residual = residualOf(samples, order);
  const plan = planRice(residual, order);
  const verbatim = plan.bits + order * bits > samples.length * bits;
  out.put(((verbatim ? 1 : 8 + order) << 1) | (wasted > 0 ? 1 : 0), 8);
  if (wasted > 0) out.unary(wasted - 1);
  if (verbatim) for (const sample of samples) out.put(sample, bits);
  else {
    for (let i = 0; i < order; i++) out.put(samples[i] ?? 0, bits);
    putResidual(out, residual, order, plan);
  }
}

/** Low bits that are zero in every sample. */
function wastedBits(channel: Int16Array): number {
  let any = 0;
  for (const sample of channel) any |= sample;
  return any === 0 ? 0 : 31 - Math.clz32(any & -any);
}

/** The fixed predictor (section 9.2.5) whose residual is smallest: differences of this order. */
function bestOrder(samples: Int32Array): number {
  const sums = [0, 0, 0, 0, 0];
  let [last0, last1, last2, last3] = [0, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const d0 = samples[i] ?? 0;
    const d1 = d0 - last0;
    const d2 = d1 - last1;
    const d3 = d2 - last2;
    const d4 = d3 - last3;
    [last0, last1, last2, last3] = [d0, d1, d2, d3];
    if (i < ORDERS - 1) continue;
    sums[0] = (sums[0] ?? 0) + Math.abs(d0);
    sums[1] = (sums[1] ?? 0) + Math.abs(d1);
    sums[2] = (sums[2] ?? 0) + Math.abs(d2);
    sums[3] = (sums[3] ?? 0) + Math.abs(d3);
    sums[4] = (sums[4] ?? 0) + Math.abs(d4);
  }
  if (samples.length < ORDERS) return 0;
  return sums.indexOf(Math.min(...sums));
}

/** Differences of this order, as Rice codes want them: 0, -1, 1, -2, 2… become 0, 1, 2, 3, 4… The first `order` are unused. */
function residualOf(samples: Int32Array, order: number): Int32Array {
  const differences = samples.slice();
  for (let pass = 1; pass <= order; pass++)
    for (let i = samples.length - 1; i >= pass; i--) differences[i] = (differences[i] ?? 0) - (differences[i - 1] ?? 0);
  for (let i = 0; i < differences.length; i++) {
    const value = differences[i] ?? 0;
    differences[i] = (value << 1) ^ (value >> 31);
  }
  return differences;
}

interface RicePlan {
  /** Two to this power. */
  readonly partitions: number;
  readonly parameters: readonly number[];
  readonly bits: number;
}

function planRice(residual: Int32Array, order: number): RicePlan {
  const count = residual.length;
  let partitions = MOST_PARTITIONS;
  while (partitions > 0 && (count % (1 << partitions) !== 0 || count >> partitions <= order + 8)) partitions -= 1;
  const size = count >> partitions;
  const parameters: number[] = [];
  let bits = 8;
  for (let p = 0; p < 1 << partitions; p++) {
    const best = bestParameter(residual, p === 0 ? order : p * size, (p + 1) * size);
    parameters.push(best.parameter);
    bits += 4 + best.bits;
  }
  return { partitions, parameters, bits };
}

/** The logarithm of the mean, and its neighbours. */
function bestParameter(residual: Int32Array, from: number, to: number): { parameter: number; bits: number } {
  let sum = 0;
  for (let i = from; i < to; i++) sum += residual[i] ?? 0;
  let near = 0;
  while (near < MOST_RICE && (to - from) * 2 ** (near + 1) < sum) near += 1;
  let best = { parameter: near, bits: Number.POSITIVE_INFINITY };
  for (let parameter = Math.max(0, near - 1); parameter <= Math.min(MOST_RICE, near + 1); parameter++) {
    let bits = (to - from) * (parameter + 1);
    for (let i = from; i < to; i++) bits += (residual[i] ?? 0) >>> parameter;
    if (bits < best.bits) best = { parameter, bits };
  }
  return best;
}

function putResidual(out: BitWriter, residual: Int32Array, order: number, { partitions, parameters }: RicePlan): void {
  out.put(0, 2); // parameters of four bits
  out.put(partitions, 4);
  const size = residual.length >> partitions;
  for (const [p, parameter] of parameters.entries()) {
    out.put(parameter, 4);
    for (let i = p === 0 ? order : p * size; i < (p + 1) * size; i++) {
      const value = residual[i] ?? 0;
      out.unary(value >>> parameter);
      out.put(value, parameter);
    }
  }
}
