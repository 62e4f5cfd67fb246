import { BANDS } from './band-levels.ts';
import { LEAST_DELAY, LONGEST_DELAY } from './delay-search.ts';
import type { PlayedAudio } from './played-audio.ts';

const FRAME = 160;
const FRAMES = 32;
/** A band of the playback below this power says nothing about the path: -52 dBFS. */
const TELLING = 80 * 80;
/** Frames that a band's gain is the mean of; a band that fewer told about may return all. */
const TOLD = 3;
/** Of the mean, the spread of what comes back: 4 dB. */
const SPREAD_DB = 4;

/** Shared by all calls of the thread. */
const levels = new Float32Array(BANDS);
const reference = new Float32Array(FRAMES * BANDS);

export interface Agreement {
  /** Samples, in steps of 20 ms. */
  delay: number;
  /** Correlation of the levels in decibels, -1 … 1. */
  correlation: number;
}

/** The first 640 ms of a sound, as levels per band, to be held against those of the playback. */
export class SoundHistory {
  readonly #power = new Float32Array(FRAMES * BANDS);
  readonly #decibels = new Float32Array(FRAMES * BANDS);
  readonly #ends = new Float64Array(FRAMES);
  readonly #agreement: Agreement = { delay: 0, correlation: 0 };
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Takes no more frames. */
  get full(): boolean {
    return this.#count === FRAMES;
  }

  forget(): void {
    this.#count = 0;
  }

  /** @param end - position behind the frame */
  add(power: Float32Array, end: number): void {
    if (this.full) return;
    this.#power.set(power, this.#count * BANDS);
    for (let band = 0; band < BANDS; band++)
      this.#decibels[this.#count * BANDS + band] = 10 * Math.log10((power[band] as number) + 1);
    this.#ends[this.#count++] = end;
  }

  /**
   * The delay at which the levels move as the playback's do, whatever happens to phases on the way: each band against
   * its own mean.
   *
   * @param ahead - by how much the stream is placed ahead of the clock: all delays are that much longer
   * @returns the same object each time
   */
  agreement(played: PlayedAudio, ahead: number): Agreement {
    const best = this.#agreement;
    best.correlation = -1;
    for (let delay = ahead + LEAST_DELAY; delay <= ahead + LONGEST_DELAY; delay += FRAME) {
      for (let n = 0; n < this.#count; n++) {
        const end = (this.#ends[n] as number) - delay;
        played.loudestDecibels(end - 2 * FRAME, end, levels);
        reference.set(levels, n * BANDS);
      }
      const correlation = this.#correlation();
      if (correlation <= best.correlation) continue;
      best.correlation = correlation;
      best.delay = delay;
    }
    return best;
  }

  /** What of the playback comes back at a delay: decibels per band, what is usual at most. */
  gains(played: PlayedAudio, delay: number, into: Float32Array): void {
    const told = new Uint8Array(BANDS);
    into.fill(0);
    for (let n = 0; n < this.#count; n++) {
      const end = (this.#ends[n] as number) - delay;
      played.loudest(end - 2 * FRAME, end, levels);
      for (let band = 0; band < BANDS; band++) {
        if ((levels[band] as number) < TELLING) continue;
        const power = this.#power[n * BANDS + band] as number;
        into[band] = (into[band] as number) + 10 * Math.log10(power / (levels[band] as number) + 1e-9);
        told[band] = (told[band] as number) + 1;
      }
    }
    for (let band = 0; band < BANDS; band++) {
      const count = told[band] as number;
      into[band] = count < TOLD ? 0 : (into[band] as number) / count + SPREAD_DB;
    }
  }

  #correlation(): number {
    const count = this.#count;
    let xy = 0;
    let xx = 0;
    let yy = 0;
    for (let band = 0; band < BANDS; band++) {
      let x = 0;
      let y = 0;
      for (let at = band; at < count * BANDS; at += BANDS) {
        x += reference[at] as number;
        y += this.#decibels[at] as number;
      }
      x /= count;
      y /= count;
      for (let at = band; at < count * BANDS; at += BANDS) {
        const a = (reference[at] as number) - x;
        const b = (this.#decibels[at] as number) - y;
        xy += a * b;
        xx += a * a;
        yy += b * b;
      }
    }
    return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
  }
}
