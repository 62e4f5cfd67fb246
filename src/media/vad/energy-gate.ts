/*
 * Decides from energy alone whether a stream may be speech, so that the neural detector is asked about those streams
 * only. Errs on the side of opening: it must not miss soft speech; anything else costs only computing time.
 */

const FRAME = 160;
/** What is heard when the gate opens: the 200 ms before, the beginning of a word included. */
export const LOOK_BACK_SAMPLES = 1600;
/** How far above the noise floor, dB: a frame of steady noise is 1-2 dB above the least of 3 s. */
const OPEN_ABOVE_DB = 6;
/** What counts as speech when energy is all there is, dB. */
const CLEAR_ABOVE_DB = 12;
/** Never opens below, dBFS: softer than any caller, louder than G.711's idle noise (-72). */
const LEAST_DBFS = -55;
/** Where the floor is at first, and may be at most and least, dBFS. */
const FIRST_FLOOR_DBFS = -45;
const HIGHEST_FLOOR_DBFS = -30;
const LOWEST_FLOOR_DBFS = -66;
/** The floor is the least level of the last six half seconds: longer than people talk without a gap. */
const BUCKETS = 6;
const FRAMES_PER_BUCKET = 25;
const SILENT_DBFS = -120;
const FULL_SCALE_SQUARE = 32768 ** 2;

export interface GateReading {
  /** May be speech. */
  loud: boolean;
  /** Well above the floor: speech, if nobody can tell better. */
  clear: boolean;
}

export class EnergyGate {
  readonly #reading: GateReading = { loud: false, clear: false };
  readonly #ring = new Int16Array(LOOK_BACK_SAMPLES);
  readonly #buckets = new Float64Array(BUCKETS).fill(FIRST_FLOOR_DBFS);
  #ringAt = 0;
  #framesInBucket = 0;
  #floor = FIRST_FLOOR_DBFS;

  /** dBFS */
  get noiseFloor(): number {
    return this.#floor;
  }

  /**
   * @param frame - 160 samples, 8 kHz
   * @param speaking - it is known that this is speech: the floor then doesn't rise
   * @param telling - whether the frame tells anything about the noise; what is left of an echo does not
   * @returns the same object each time
   */
  hear(frame: Int16Array, speaking: boolean, telling = true): GateReading {
    let energy = 0;
    for (let i = 0; i < FRAME; i++) {
      const sample = frame[i] as number;
      energy += sample * sample;
    }
    this.#ring.set(frame, this.#ringAt);
    this.#ringAt = (this.#ringAt + FRAME) % LOOK_BACK_SAMPLES;
    const level = energy === 0 ? SILENT_DBFS : 10 * Math.log10(energy / FRAME / FULL_SCALE_SQUARE);
    // frames of zeros are lost or suppressed, not the room's noise
    if (energy > 0 && telling) this.#learn(level, speaking);
    this.#reading.loud = level > Math.max(LEAST_DBFS, this.#floor + OPEN_ABOVE_DB);
    this.#reading.clear = level > Math.max(LEAST_DBFS, this.#floor + CLEAR_ABOVE_DB);
    return this.#reading;
  }

  /** The last 200 ms, the newest frame included: a copy. */
  lookBack(): Int16Array {
    const copy = new Int16Array(LOOK_BACK_SAMPLES);
    copy.set(this.#ring.subarray(this.#ringAt));
    copy.set(this.#ring.subarray(0, this.#ringAt), LOOK_BACK_SAMPLES - this.#ringAt);
    return copy;
  }

  /** After a break the look-back is silence; the noise of the line is presumably the same. */
  forget(): void {
    this.#ring.fill(0);
  }

  #learn(level: number, speaking: boolean): void {
    this.#buckets[0] = Math.min(this.#buckets[0] ?? level, level);
    if (!speaking && ++this.#framesInBucket >= FRAMES_PER_BUCKET) {
      this.#framesInBucket = 0;
      this.#buckets.copyWithin(1, 0);
      this.#buckets[0] = level;
    }
    let least = HIGHEST_FLOOR_DBFS;
    for (let i = 0; i < BUCKETS; i++) least = Math.min(least, this.#buckets[i] ?? least);
    this.#floor = Math.max(LOWEST_FLOOR_DBFS, least);
  }
}
