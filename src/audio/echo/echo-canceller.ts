import { RealFft } from './real-fft.ts';

/** Samples that a call hears at a time. */
const HOP = 160;
/** Taps of one partition: two hops, so that spectra of the reference are used again by the next partition. */
const TAPS = 320;
/** TAPS + HOP - 1 and more, so that the last HOP samples of a product are a linear convolution (overlap-save). */
const SIZE = 512;
const PARTITIONS = 5;
/** Echo is cancelled that comes within 200 ms of the reference. */
export const CANCELLER_SPAN = PARTITIONS * TAPS;
export const REFERENCE_WINDOW = SIZE;

/** How much of the path stays the same from one hop to the next: people move, codecs change their minds. */
const STAYS = 0.9985;
/** An unknown path is expected in the first partition, and in each further one this much less of it. */
const FADE = 0.5;
/** Smoothing of what is not echo. */
const OTHER = 0.6;
const FLOOR = 1;
/** What a window of HOP samples shows of a spectrum of SIZE. */
const SHARE = HOP / SIZE;

const transform = new RealFft(SIZE);
const { bins: BINS } = transform;
/** Shared by all calls of the thread: nothing of it outlives a frame. */
const time = new Float32Array(SIZE);
const yRe = new Float32Array(BINS);
const yIm = new Float32Array(BINS);
const eRe = new Float32Array(BINS);
const eIm = new Float32Array(BINS);
const gain = new Float32Array(BINS);

interface Spectrum {
  readonly re: Float32Array;
  readonly im: Float32Array;
  readonly power: Float32Array;
}

interface Partition {
  readonly re: Float32Array;
  readonly im: Float32Array;
  /** Variance of what is not known of it. */
  readonly uncertainty: Float32Array;
}

const newSpectrum = (): Spectrum => ({
  re: new Float32Array(BINS),
  im: new Float32Array(BINS),
  power: new Float32Array(BINS),
});

/**
 * Takes the echo of what was played out of what is heard: a partitioned-block frequency-domain Kalman filter
 * (Enzner and Vary, Signal Processing 86(6), 2006; partitions: Kuech et al., ICASSP 2014). The step of every bin
 * follows from what is not known of the path and from what is heard beside the echo, so that it learns fast at first
 * and stands still in double talk without a detector for it. One frame of 20 ms: linear in the number of partitions,
 * without allocation.
 */
export class EchoCanceller {
  readonly #spectra = Array.from({ length: 2 * PARTITIONS - 1 }, newSpectrum);
  readonly #partitions: Partition[] = Array.from({ length: PARTITIONS }, newSpectrum).map(({ re, im, power }) => ({
    re,
    im,
    uncertainty: power,
  }));
  readonly #other = new Float32Array(BINS);
  readonly #residual = new Float32Array(BINS);
  #newest = 0;
  #turn = 0;
  /** Of the last frame: energies of the echo's estimate and of what is left. */
  echo = 0;
  left = 0;

  /**
   * Nothing is known of the path any more.
   *
   * @param gain - what part of the power that is played comes back, as far as known
   */
  forget(gain: number): void {
    for (const [place, { re, im, uncertainty }] of this.#partitions.entries()) {
      re.fill(0);
      im.fill(0);
      uncertainty.fill(2 * gain * FADE ** place);
    }
    this.#other.fill(0);
    this.skip();
  }

  /** The frames did not go on where the last one ended, or the reference was moved. */
  skip(): void {
    for (const spectrum of this.#spectra) spectrum.power.fill(-1);
  }

  /**
   * Hears one frame.
   *
   * @param reference - `REFERENCE_WINDOW` samples of what was played, ending where the frame ends
   * @param frame - 160 samples; becomes what is left of it
   */
  hear(reference: Float32Array, frame: Float32Array): void {
    const spectra = this.#spectra;
    this.#newest = (this.#newest + 1) % spectra.length;
    const newest = spectra[this.#newest] as Spectrum;
    transform.forward(reference, newest.re, newest.im);
    for (let k = 0; k < BINS; k++) newest.power[k] = (newest.re[k] as number) ** 2 + (newest.im[k] as number) ** 2;
    this.#predict();
    transform.inverse(yRe, yIm, time);
    let echo = 0;
    let left = 0;
    for (let n = 0; n < HOP; n++) {
      const y = time[SIZE - HOP + n] as number;
      const e = (frame[n] as number) - y;
      echo += y * y;
      left += e * e;
      frame[n] = e;
    }
    this.echo = echo;
    this.left = left;
    time.fill(0, 0, SIZE - HOP);
    time.set(frame, SIZE - HOP);
    transform.forward(time, eRe, eIm);
    this.#learn();
  }

  #spectrum(partition: number): Spectrum {
    const count = this.#spectra.length;
    return this.#spectra[(this.#newest + count - 2 * partition) % count] as Spectrum;
  }

  #predict(): void {
    yRe.fill(0);
    yIm.fill(0);
    const residual = this.#residual.fill(0);
    for (let p = 0; p < PARTITIONS; p++) {
      const x = this.#spectrum(p);
      if ((x.power[0] as number) < 0) continue;
      const { re, im, uncertainty } = this.#partitions[p] as Partition;
      for (let k = 0; k < BINS; k++) {
        const a = x.re[k] as number;
        const b = x.im[k] as number;
        const c = re[k] as number;
        const d = im[k] as number;
        yRe[k] = (yRe[k] as number) + a * c - b * d;
        yIm[k] = (yIm[k] as number) + a * d + b * c;
        residual[k] = (residual[k] as number) + (x.power[k] as number) * (uncertainty[k] as number);
      }
    }
  }

  #learn(): void {
    const residual = this.#residual;
    for (let k = 0; k < BINS; k++) {
      const power = (eRe[k] as number) ** 2 + (eIm[k] as number) ** 2;
      const expected = SHARE * (residual[k] as number);
      const other = OTHER * (this.#other[k] as number) + (1 - OTHER) * power;
      this.#other[k] = other;
      gain[k] = 1 / (expected + other + FLOOR);
    }
    for (let p = 0; p < PARTITIONS; p++) {
      const x = this.#spectrum(p);
      if ((x.power[0] as number) < 0) continue;
      const { re, im, uncertainty } = this.#partitions[p] as Partition;
      for (let k = 0; k < BINS; k++) {
        const variance = uncertainty[k] as number;
        const step = variance * (gain[k] as number);
        const a = (x.re[k] as number) * step;
        const b = (x.im[k] as number) * step;
        const c = eRe[k] as number;
        const d = eIm[k] as number;
        const wRe = (re[k] as number) + a * c + b * d;
        const wIm = (im[k] as number) + a * d - b * c;
        re[k] = wRe;
        im[k] = wIm;
        uncertainty[k] =
          STAYS * STAYS * (1 - SHARE * step * (x.power[k] as number)) * variance +
          (1 - STAYS * STAYS) * (wRe * wRe + wIm * wIm);
      }
    }
    this.#constrain(this.#turn);
    this.#constrain((this.#turn + 1) % PARTITIONS);
    this.#turn = (this.#turn + 2) % PARTITIONS;
  }

  /** A partition has TAPS taps: what circular convolution has put behind them is taken away, two partitions a frame. */
  #constrain(place: number): void {
    const { re, im } = this.#partitions[place] as Partition;
    transform.inverse(re, im, time);
    time.fill(0, TAPS);
    transform.forward(time, re, im);
  }
}
