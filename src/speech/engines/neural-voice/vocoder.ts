import { Fft } from '../../../audio/fft.ts';
import { gaussianNoise } from './gaussian-noise.ts';
import { pulseTrain } from './pulse-train.ts';

/** What the network says of a clause: pitch per frame, and spectra as rows of bins, one column per frame. */
export interface AcousticFrames {
  readonly frames: number;
  /** Hz; below 40 not voiced. */
  readonly pitch: Float32Array;
  /** Logarithm of the vocal tract's gain, and its phase before tanh. */
  readonly tractGain: Float32Array;
  readonly tractPhase: Float32Array;
  /** Logarithm of the breath's amplitude. */
  readonly breath: Float32Array;
  /** Logarithm of the amplitude of what neither explains, and its phase. */
  readonly restGain: Float32Array;
  readonly restPhase: Float32Array;
}

/** The network was trained for transforms of 1200 at 24 kHz. */
const MODEL_SIZE = 1200;
const MODEL_RATE = 24_000;
const TELEPHONE_SIZE = 400;
const LARGEST_LOG = 7;
/** Where the telephone's band is left, Hz as heard. */
const ROLL_OFF = { from: 3600, to: 3950 };

/**
 * The vocoder of hibari, evaluated at the telephone's rate: the first bins of its 24 kHz spectra are the spectra of the
 * same signal sampled at 8 kHz, so nothing is resampled. With another transform size the same speech comes out at another
 * rate; played at 8 kHz it is lower or higher, vocal tract and pitch together: another speaker.
 */
export class Vocoder {
  readonly #size: number;
  readonly #hop: number;
  readonly #bins: number;
  /** At which the speech is as the network meant it. */
  readonly #rate: number;
  readonly #fft: Fft;
  readonly #window: Float64Array;
  readonly #rollOff: Float64Array;
  readonly #noise = gaussianNoise();
  #noiseAt = 0;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  readonly #spectraRe: readonly [Float64Array, Float64Array];
  readonly #spectraIm: readonly [Float64Array, Float64Array];

  /** @param size - of the transform: 400 for the voice as it is, more for a lower one; a multiple of 4 made of 2, 3 and 5 */
  constructor(size: number = TELEPHONE_SIZE) {
    this.#size = size;
    this.#hop = size / 4;
    this.#bins = size / 2 + 1;
    this.#rate = (MODEL_RATE * size) / MODEL_SIZE;
    this.#fft = new Fft(size);
    this.#window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
    this.#rollOff = Float64Array.from({ length: this.#bins }, (_, bin) => rollOffAt((bin * 8000) / size));
    this.#re = new Float64Array(size);
    this.#im = new Float64Array(size);
    this.#spectraRe = [new Float64Array(this.#bins), new Float64Array(this.#bins)];
    this.#spectraIm = [new Float64Array(this.#bins), new Float64Array(this.#bins)];
  }

  /** @returns mono, -1…1 or a little beyond, to be played at 8 kHz: `size / 4` samples a frame */
  synthesize(acoustic: AcousticFrames): Float32Array {
    const { frames } = acoustic;
    this.#noiseAt = 0;
    const size = this.#size;
    const hop = this.#hop;
    const half = size / 2;
    const pulses = pulseTrain(acoustic.pitch, hop, this.#rate);
    const sum = new Float64Array(pulses.length + size);
    const weight = new Float64Array(pulses.length + size);
    for (let frame = 0; frame < frames; frame += 2) {
      const second = frame + 1 < frames;
      this.#loadFrames(pulses, frame * hop - half, second);
      this.#fft.transform(this.#re, this.#im); // two real frames by one complex transform
      this.#shape(acoustic, frame, 0);
      if (second) this.#shape(acoustic, frame + 1, 1);
      else for (const spectra of [this.#spectraRe, this.#spectraIm]) spectra[1].fill(0);
      this.#packSpectra();
      this.#fft.transform(this.#re, this.#im);
      this.#overlapAdd(sum, weight, frame * hop, second);
    }
    return Float32Array.from(
      { length: frames * hop },
      (_, i) => (sum[i + half] ?? 0) / Math.max(weight[i + half] ?? 0, 1e-11),
    );
  }

  /** Windowed pulses of two frames as real and imaginary part; mirrored beyond both ends. */
  #loadFrames(pulses: Float64Array, from: number, second: boolean): void {
    const re = this.#re;
    const im = this.#im;
    const scale = 4 / this.#size;
    const end = pulses.length;
    for (let i = 0; i < this.#size; i++) {
      const window = (this.#window[i] ?? 0) * scale;
      const first = from + i;
      const next = first + this.#hop;
      re[i] = window * (pulses[first < 0 ? -first : first >= end ? 2 * end - 2 - first : first] ?? 0);
      im[i] = second ? window * (pulses[next < 0 ? -next : next >= end ? 2 * end - 2 - next : next] ?? 0) : 0;
    }
  }

  /** One frame's spectrum: pulses through the tract, breath, and the rest. */
  #shape(acoustic: AcousticFrames, frame: number, which: 0 | 1): void {
    const { tractGain, tractPhase, breath, restGain, restPhase, frames } = acoustic;
    // the two frames are apart again: even and odd parts of their joint spectrum
    const even = which === 0 ? this.#re : this.#im;
    const odd = which === 0 ? this.#im : this.#re;
    const sign = which === 0 ? 0.5 : -0.5;
    const outRe = this.#spectraRe[which];
    const outIm = this.#spectraIm[which];
    const noise = this.#noise;
    const wrap = noise.length - 1;
    this.#noiseAt = (this.#noiseAt + 2 * ((frame * 7919) % 997)) & wrap; // no frame repeats another's
    for (let bin = 0; bin < this.#bins; bin++) {
      const mirror = bin === 0 ? 0 : this.#size - bin;
      const sourceRe = ((even[bin] ?? 0) + (even[mirror] ?? 0)) * 0.5;
      const sourceIm = ((odd[bin] ?? 0) - (odd[mirror] ?? 0)) * sign;
      const at = bin * frames + frame;
      const gain = Math.exp(Math.min(tractGain[at] ?? 0, LARGEST_LOG));
      const angle = Math.PI * Math.tanh(tractPhase[at] ?? 0);
      const cos = gain * Math.cos(angle);
      const sin = gain * Math.sin(angle);
      const air = Math.exp(Math.min(breath[at] ?? 0, LARGEST_LOG));
      const rest = Math.exp(Math.min(restGain[at] ?? 0, LARGEST_LOG));
      const phase = restPhase[at] ?? 0;
      const rollOff = this.#rollOff[bin] ?? 0;
      const random = (this.#noiseAt = (this.#noiseAt + 2) & wrap);
      const airRe = air * (noise[random] ?? 0);
      const airIm = air * (noise[random + 1] ?? 0);
      outRe[bin] = rollOff * (sourceRe * cos - sourceIm * sin + airRe + rest * Math.cos(phase));
      outIm[bin] = rollOff * (sourceRe * sin + sourceIm * cos + airIm + rest * Math.sin(phase));
    }
    outIm[0] = 0;
    outIm[this.#bins - 1] = 0;
  }

  /** Both spectra conjugate-symmetric in one array, so that a forward transform brings both frames back. */
  #packSpectra(): void {
    const [firstRe, secondRe] = this.#spectraRe;
    const [firstIm, secondIm] = this.#spectraIm;
    for (let bin = 0; bin < this.#size; bin++) {
      const mirrored = bin >= this.#bins;
      const from = mirrored ? this.#size - bin : bin;
      const sign = mirrored ? -1 : 1;
      this.#re[bin] = (firstRe[from] ?? 0) - sign * (secondIm[from] ?? 0);
      this.#im[bin] = -(sign * (firstIm[from] ?? 0) + (secondRe[from] ?? 0));
    }
  }

  #overlapAdd(sum: Float64Array, weight: Float64Array, from: number, second: boolean): void {
    const scale = this.#rate / MODEL_RATE / this.#size;
    for (let i = 0; i < this.#size; i++) {
      const window = this.#window[i] ?? 0;
      const at = from + i;
      sum[at] = (sum[at] ?? 0) + (this.#re[i] ?? 0) * window * scale;
      weight[at] = (weight[at] ?? 0) + window * window;
      if (!second) continue;
      sum[at + this.#hop] = (sum[at + this.#hop] ?? 0) - (this.#im[i] ?? 0) * window * scale;
      weight[at + this.#hop] = (weight[at + this.#hop] ?? 0) + window * window;
    }
  }
}

function rollOffAt(hertz: number): number {
  if (hertz <= ROLL_OFF.from) return 1;
  if (hertz >= ROLL_OFF.to) return 0;
  return 0.5 + 0.5 * Math.cos((Math.PI * (hertz - ROLL_OFF.from)) / (ROLL_OFF.to - ROLL_OFF.from));
}
