import { TELEPHONE_RATE } from '../domain/units.ts';

/** Zero crossings of the windowed sinc on either side: stop band below −60 dB. */
const CROSSINGS = 16;
/** Of the new Nyquist frequency: the transition band ends near 4 kHz. */
const PASS_BAND = 0.92;

/**
 * Brings a stream of mono 16-bit audio down to 8 kHz, piece by piece, without clicks where the pieces meet: polyphase
 * windowed sinc (Kaiser, β 8). Output sample n is the input's at the same instant: no delay is added to the signal.
 */
export class TelephoneResampler {
  readonly #interpolate: number;
  readonly #decimate: number;
  readonly #taps: number;
  readonly #phases: readonly Float32Array[];
  /** Input still needed; its first sample is the stream's number `#start`. */
  #held: Int16Array;
  #start: number;
  #received = 0;
  #produced = 0;

  /** @param rate - of the input, Hz; 8000 to 48000 */
  constructor(rate: number) {
    const divisor = greatestCommonDivisor(rate, TELEPHONE_RATE);
    this.#interpolate = TELEPHONE_RATE / divisor;
    this.#decimate = rate / divisor;
    const half = Math.ceil((CROSSINGS * rate) / TELEPHONE_RATE / PASS_BAND);
    this.#taps = 2 * half;
    this.#phases = Array.from({ length: this.#interpolate }, (_, phase) =>
      phaseTaps(phase / this.#interpolate, half, (PASS_BAND * TELEPHONE_RATE) / rate),
    );
    this.#start = 1 - half;
    this.#held = new Int16Array(half - 1);
  }

  /** @returns what could be made of all input so far, 8 kHz; a new array */
  push(samples: Int16Array): Int16Array {
    this.#received += samples.length;
    const input = new Int16Array(this.#held.length + samples.length);
    input.set(this.#held);
    input.set(samples, this.#held.length);
    return this.#convert(input, Number.POSITIVE_INFINITY);
  }

  /** The rest, when no more input comes. */
  flush(): Int16Array {
    const total = Math.ceil((this.#received * this.#interpolate) / this.#decimate);
    const input = new Int16Array(this.#held.length + this.#taps);
    input.set(this.#held);
    return this.#convert(input, total);
  }

  #convert(input: Int16Array, until: number): Int16Array {
    const half = this.#taps / 2;
    const output: number[] = [];
    let first = 0;
    for (; this.#produced < until; this.#produced++) {
      const numerator = this.#produced * this.#decimate;
      const whole = Math.floor(numerator / this.#interpolate);
      first = whole - half + 1 - this.#start;
      if (first + this.#taps > input.length) break;
      const taps = this.#phases[numerator % this.#interpolate] ?? new Float32Array(0);
      let sum = 0;
      for (let i = 0; i < taps.length; i++) sum += (taps[i] ?? 0) * (input[first + i] ?? 0);
      output.push(Math.max(-32_768, Math.min(32_767, Math.round(sum))));
    }
    const keep = Math.min(Math.max(first, 0), input.length);
    this.#held = input.slice(keep);
    this.#start += keep;
    return Int16Array.from(output);
  }
}

/** Taps for an output sample that lies `fraction` after input sample `half - 1` of the window. */
function phaseTaps(fraction: number, half: number, cutoff: number): Float32Array {
  const taps = new Float32Array(2 * half);
  let sum = 0;
  for (let i = 0; i < taps.length; i++) {
    const x = i - (half - 1) - fraction;
    const value = sinc(x * cutoff) * kaiser(x / half);
    taps[i] = value;
    sum += value;
  }
  return taps.map((tap) => tap / sum);
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const BETA = 8;
const kaiser = (x: number): number => (Math.abs(x) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA));

/** Modified Bessel function of the first kind, order 0. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-9 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
