import type { PlayedAudio } from './played-audio.ts';
import { RealFft } from './real-fft.ts';

const SIZE = 4096;
/** Samples of what was heard that are looked at together: 80 ms. */
export const SEARCH_WINDOW = 640;
/** A stream may be placed up to 40 ms before the packets that it echoes, by how their packets fall on our clock. */
export const LEAST_DELAY = -320;
/** 392 ms. */
export const LONGEST_DELAY = SIZE - SEARCH_WINDOW + LEAST_DELAY;
const LAGS = SIZE - SEARCH_WINDOW;
/** The telephone's band. */
const FIRST_BIN = Math.round((250 * SIZE) / 8000);
const LAST_BIN = Math.round((3450 * SIZE) / 8000);

const transform = new RealFft(SIZE);
const { bins: BINS } = transform;
/** For telling where there was playback: 8 ms. */
const BLOCK = 64;
/** A window with less than a hundredth (20 dB) of the loudest one's energy was a pause of the playback. */
const PAUSE = 0.01;

/** Shared by all calls of the thread. */
const energies = new Float64Array(SIZE / BLOCK);
const time = new Float32Array(SIZE);
const heardRe = new Float32Array(BINS);
const heardIm = new Float32Array(BINS);
const playedRe = new Float32Array(BINS);
const playedIm = new Float32Array(BINS);
const crossRe = new Float32Array(BINS);
const crossIm = new Float32Array(BINS);

export interface DelayReading {
  /** Samples from playing to hearing, of the strongest agreement. */
  delay: number;
  /** How far it stands out of all others at which there was playback, in their root mean square: chance gives 4 to 6. */
  clarity: number;
}

/**
 * The delay at which what is heard agrees with what was played: generalised cross-correlation with phase transform
 * (Knapp and Carter, 1976; magnitudes to the power of 0.25, which bears noise better), summed over windows, so that a weak echo stands out after some of them.
 */
export class DelaySearch {
  readonly #re = new Float32Array(BINS);
  readonly #im = new Float32Array(BINS);
  readonly #reading: DelayReading = { delay: 0, clarity: 0 };
  windows = 0;

  forget(): void {
    this.#re.fill(0);
    this.#im.fill(0);
    this.windows = 0;
  }

  /**
   * @param heard - the last `SEARCH_WINDOW` samples
   * @param end - position behind them
   * @returns the same object each time
   */
  add(heard: Float32Array, played: PlayedAudio, end: number): DelayReading {
    this.windows++;
    time.fill(0);
    time.set(heard);
    emphasise(SEARCH_WINDOW);
    transform.forward(time, heardRe, heardIm);
    const first = end - LEAST_DELAY - SIZE;
    played.copy(first, SIZE, time);
    emphasise(SIZE);
    const sounding = soundingLags();
    transform.forward(time, playedRe, playedIm);
    crossRe.fill(0);
    crossIm.fill(0);
    for (let k = FIRST_BIN; k <= LAST_BIN; k++) {
      const a = heardRe[k] as number;
      const b = heardIm[k] as number;
      const c = playedRe[k] as number;
      const d = playedIm[k] as number;
      const re = a * c + b * d;
      const im = b * c - a * d;
      const half = Math.sqrt(Math.sqrt(re * re + im * im));
      const weight = 1 / (half * Math.sqrt(half) + 1);
      this.#re[k] = crossRe[k] = (this.#re[k] as number) + re * weight;
      this.#im[k] = crossIm[k] = (this.#im[k] as number) + im * weight;
    }
    transform.inverse(crossRe, crossIm, time);
    let best = 0;
    let sum = 0;
    for (let lag = 0; lag <= LAGS; lag++) {
      const value = (time[(SIZE - lag) % SIZE] as number) ** 2;
      sum += value;
      if (value <= best) continue;
      best = value;
      this.#reading.delay = LONGEST_DELAY - lag;
    }
    this.#reading.clarity = sum === 0 ? 0 : Math.sqrt((best * sounding) / sum);
    return this.#reading;
  }
}

function emphasise(count: number): void {
  for (let n = count - 1; n > 0; n--) time[n] = (time[n] as number) - 0.9 * (time[n - 1] as number);
}

/** Of all lags, at how many the window lies on playback: while a prompt has just begun, or pauses, the others say nothing about chance. */
function soundingLags(): number {
  for (let block = 0; block < energies.length; block++) {
    let energy = 0;
    for (let n = block * BLOCK; n < (block + 1) * BLOCK; n++) energy += (time[n] as number) ** 2;
    energies[block] = energy;
  }
  const width = SEARCH_WINDOW / BLOCK;
  const windows = energies.length - width + 1;
  let loudest = 0;
  for (let from = 0; from < windows; from++) loudest = Math.max(loudest, windowEnergy(from, width));
  let sounding = 0;
  for (let from = 0; from < windows; from++) if (windowEnergy(from, width) > PAUSE * loudest) sounding++;
  return ((LAGS + 1) * sounding) / windows;
}

function windowEnergy(from: number, width: number): number {
  let energy = 0;
  for (let block = from; block < from + width; block++) energy += energies[block] as number;
  return energy;
}
