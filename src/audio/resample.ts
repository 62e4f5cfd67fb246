import { IvrError } from '../domain/error.ts';

/** Pass band to 0.85, stop band from 1 of half the lower rate (of 8000 Hz: 3400, the telephone's, and 4000): nothing folds back. */
const CUTOFF = 3700 / 8000;
const TRANSITION = 600 / 8000;
const STOPBAND_DB = 70;
const LOWEST_RATE = 8_000;
const HIGHEST_RATE = 192_000;

/** A polyphase filter: for output n, phase `n * down % up` is applied at input sample `floor(n * down / up)`. */
interface Polyphase {
  readonly up: number;
  readonly down: number;
  /** Taps either side of the centre. */
  readonly half: number;
  /** `up` rows of `2 * half + 1` taps. */
  readonly taps: Float64Array;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function design(fromRate: number, toRate: number): Polyphase {
  const divisor = gcd(toRate, fromRate);
  const up = toRate / divisor;
  const down = fromRate / divisor;
  const lower = Math.min(fromRate, toRate);
  // Kaiser's formulas for length and shape
  const order = (STOPBAND_DB - 8) / (2.285 * ((2 * Math.PI * TRANSITION * lower) / fromRate));
  const half = Math.ceil(order / 2);
  const beta = 0.1102 * (STOPBAND_DB - 8.7);
  const width = 2 * half + 1;
  const taps = new Float64Array(up * width);
  for (let phase = 0; phase < up; phase++) {
    let sum = 0;
    for (let k = 0; k < width; k++) {
      const x = k - half - phase / up;
      const shape = 1 - (x / (half + 1)) ** 2;
      const arc = (2 * Math.PI * CUTOFF * lower * x) / fromRate;
      const tap =
        (x === 0 ? 1 : Math.sin(arc) / arc) * (besselI0(beta * Math.sqrt(Math.max(0, shape))) / besselI0(beta));
      taps[phase * width + k] = tap;
      sum += tap;
    }
    for (let k = 0; k < width; k++) taps[phase * width + k] = (taps[phase * width + k] ?? 0) / sum;
  }
  return { up, down, half, taps };
}

const designs = new Map<string, Polyphase>();

function filterOf(fromRate: number, toRate: number): Polyphase {
  const takes = (rate: number): boolean => Number.isInteger(rate) && rate >= LOWEST_RATE && rate <= HIGHEST_RATE;
  if (!takes(fromRate) || !takes(toRate))
    throw new IvrError('AUDIO_MALFORMED', `cannot resample from ${fromRate} Hz to ${toRate} Hz`, { rate_hz: fromRate });
  const key = `${fromRate} ${toRate}`;
  const known = designs.get(key);
  if (known !== undefined) return known;
  const made = design(fromRate, toRate);
  designs.set(key, made);
  return made;
}

export interface StreamResamplerOptions {
  /** Hz; default 8000. */
  readonly to?: number;
  /**
   * A call waits for nothing: as much comes out as goes in, later by half the filter (less than 4 ms) instead of less at
   * first. Default: the delay is taken out, output sample n lies at the time of input sample n * from / to.
   */
  readonly live?: boolean;
}

/** Resamples a stream piece by piece. Linear phase. One stream, one instance. */
export class StreamResampler {
  readonly #filter: Polyphase | undefined;
  /** Input not yet used up, as it will be read: starts `half` samples before the next output's centre. */
  #pending: Float32Array;
  #length: number;
  /** Where the centre of the next output lies: sample of `#pending` (less `half`) and phase. */
  #index = 0;
  #phase = 0;
  #received = 0;
  #produced = 0;

  /** @throws IvrError AUDIO_MALFORMED for a rate below 8000 or above 192000 Hz */
  constructor(fromRate: number, { to = LOWEST_RATE, live = false }: StreamResamplerOptions = {}) {
    this.#filter = fromRate === to ? undefined : filterOf(fromRate, to);
    const half = this.#filter?.half ?? 0;
    this.#length = live ? 2 * half : half;
    this.#pending = new Float32Array(this.#length + (live ? 1024 : 4096));
  }

  /** What can be had so far: the last few milliseconds wait for more input or for `flush`. */
  push(samples: Int16Array): Int16Array {
    if (this.#filter === undefined) return samples.slice();
    this.#append(samples, samples.length);
    this.#received += samples.length;
    return this.#produce(this.#filter, Number.POSITIVE_INFINITY);
  }

  /** The rest of the stream; ceil(input * to / from) samples have then come out in all. */
  flush(): Int16Array {
    if (this.#filter === undefined) return new Int16Array(0);
    const { up, down, half } = this.#filter;
    this.#append(new Int16Array(0), half + 1);
    return this.#produce(this.#filter, Math.ceil((this.#received * up) / down) - this.#produced);
  }

  #append(samples: Int16Array, count: number): void {
    const kept = this.#length - this.#index;
    if (kept + count > this.#pending.length) {
      const larger = new Float32Array(2 * (kept + count));
      larger.set(this.#pending.subarray(this.#index, this.#length));
      this.#pending = larger;
    } else this.#pending.copyWithin(0, this.#index, this.#length);
    this.#index = 0;
    this.#pending.fill(0, kept, kept + count);
    this.#pending.set(samples, kept);
    this.#length = kept + count;
  }

  #produce({ up, down, half, taps }: Polyphase, most: number): Int16Array {
    const width = 2 * half + 1;
    const ready = Math.floor(((this.#length - width - this.#index + 1) * up - this.#phase + down - 1) / down);
    const out = new Int16Array(Math.max(0, Math.min(ready, most)));
    const input = this.#pending;
    for (let n = 0; n < out.length; n++) {
      const row = this.#phase * width;
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (taps[row + k] ?? 0) * (input[this.#index + k] ?? 0);
      out[n] = Math.max(-32768, Math.min(32767, Math.round(sum)));
      this.#phase += down;
      this.#index += Math.floor(this.#phase / up);
      this.#phase %= up;
    }
    this.#produced += out.length;
    return out;
  }
}

/**
 * A whole clip at 8000 Hz.
 *
 * @param fromRate - 8000…192000 Hz
 * @returns ceil(n * 8000 / fromRate) samples
 * @throws IvrError AUDIO_MALFORMED
 */
export function resampleTo8k(samples: Int16Array, fromRate: number): Int16Array {
  const resampler = new StreamResampler(fromRate);
  const body = resampler.push(samples);
  const rest = resampler.flush();
  const whole = new Int16Array(body.length + rest.length);
  whole.set(body);
  whole.set(rest, body.length);
  return whole;
}
