import { IvrError } from '../domain/error.ts';

const TO_RATE = 8000;
/** Pass band to 3400 Hz (the telephone's), stop band from 4000 Hz: nothing folds back. */
const CUTOFF_HZ = 3700;
const TRANSITION_HZ = 600;
const STOPBAND_DB = 70;
const LONGEST_RATE = 192_000;

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

function design(fromRate: number): Polyphase {
  const divisor = gcd(TO_RATE, fromRate);
  const up = TO_RATE / divisor;
  const down = fromRate / divisor;
  // Kaiser's formulas for length and shape
  const order = (STOPBAND_DB - 8) / (2.285 * ((2 * Math.PI * TRANSITION_HZ) / fromRate));
  const half = Math.ceil(order / 2);
  const beta = 0.1102 * (STOPBAND_DB - 8.7);
  const width = 2 * half + 1;
  const taps = new Float64Array(up * width);
  for (let phase = 0; phase < up; phase++) {
    let sum = 0;
    for (let k = 0; k < width; k++) {
      const x = k - half - phase / up;
      const shape = 1 - (x / (half + 1)) ** 2;
      const arc = (2 * Math.PI * CUTOFF_HZ * x) / fromRate;
      const tap =
        (x === 0 ? 1 : Math.sin(arc) / arc) * (besselI0(beta * Math.sqrt(Math.max(0, shape))) / besselI0(beta));
      taps[phase * width + k] = tap;
      sum += tap;
    }
    for (let k = 0; k < width; k++) taps[phase * width + k] = (taps[phase * width + k] ?? 0) / sum;
  }
  return { up, down, half, taps };
}

const designs = new Map<number, Polyphase>();

function filterFrom(fromRate: number): Polyphase {
  if (!Number.isInteger(fromRate) || fromRate <= TO_RATE || fromRate > LONGEST_RATE)
    throw new IvrError('AUDIO_MALFORMED', `cannot resample from ${fromRate} Hz to 8000 Hz`, { rate_hz: fromRate });
  const known = designs.get(fromRate);
  if (known !== undefined) return known;
  const made = design(fromRate);
  designs.set(fromRate, made);
  return made;
}

/**
 * Resamples a stream to 8000 Hz piece by piece. Linear phase, its delay taken out: output sample n lies at the time of
 * input sample n * fromRate / 8000. One stream, one instance.
 */
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
  constructor(fromRate: number) {
    this.#filter = fromRate === TO_RATE ? undefined : filterFrom(fromRate);
    const half = this.#filter?.half ?? 0;
    this.#pending = new Float32Array(half + 4096);
    this.#length = half;
  }

  /** What can be had so far: the last few milliseconds wait for more input or for `flush`. */
  push(samples: Int16Array): Int16Array {
    if (this.#filter === undefined) return samples.slice();
    this.#append(samples, samples.length);
    this.#received += samples.length;
    return this.#produce(this.#filter, Number.POSITIVE_INFINITY);
  }

  /** The rest of the stream; ceil(input * 8000 / fromRate) samples have then come out in all. */
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
