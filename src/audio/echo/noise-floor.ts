/** The floor is the least power of the last one to two seconds. */
const FRAMES = 50;
/** Frames of steady noise, the least of which lies 2 dB below their mean. */
const BIAS = 1.6;

/** How loud a line is when nobody says anything on it: power, on the scale of 16-bit samples. */
export class NoiseFloor {
  #before = Number.POSITIVE_INFINITY;
  #now = Number.POSITIVE_INFINITY;
  #frames = 0;

  /** @param power - of the next 20 ms @returns the floor */
  hear(power: number): number {
    // zeros are lost or suppressed, not the room's noise
    if (power > 0) this.#now = Math.min(this.#now, power);
    if (++this.#frames >= FRAMES) {
      this.#frames = 0;
      this.#before = this.#now;
      this.#now = Number.POSITIVE_INFINITY;
    }
    return this.level;
  }

  /** The floor; 0 as long as nothing was heard. */
  get level(): number {
    const least = Math.min(this.#before, this.#now);
    return least === Number.POSITIVE_INFINITY ? 0 : BIAS * least;
  }
}
