/*
 * Packet-loss concealment in the manner of ITU-T G.711 Appendix I: the last pitch period is repeated and fades. For
 * people's ears alone; recordings and the recognizer get gaps.
 */

const SHORTEST_PITCH = 40;
const LONGEST_PITCH = 120;
/** Stretch that is compared with itself a pitch earlier: 20 ms. */
const COMPARED = 160;
const HISTORY = COMPARED + LONGEST_PITCH;
/** 3.75 ms of overlap where pieces meet. */
const OVERLAP = 30;
/** Full loudness for 10 ms, silence after 60. */
const FADE_FROM = 80;
const FADE_TO = 480;

/** One direction of one leg. Frames are 8 kHz linear, up to 280 samples; usually 160. */
export class Concealer {
  readonly #history = new Int16Array(HISTORY);
  readonly #period = new Float32Array(LONGEST_PITCH);
  #pitch = 0;
  /** Samples made up since the last good one. */
  #invented = 0;

  /** Takes a frame that came; after a loss, its beginning is blended (in place) with the made-up sound. */
  good(frame: Int16Array): void {
    if (this.#invented > 0) {
      const count = Math.min(frame.length, OVERLAP);
      for (let i = 0; i < count; i++) {
        const share = (i + 1) / (count + 1);
        frame[i] = Math.round((frame[i] ?? 0) * share + this.#next() * (1 - share));
      }
      this.#invented = 0;
    }
    this.#remember(frame);
  }

  /** Fills a frame that did not come. */
  conceal(frame: Int16Array): void {
    if (this.#invented === 0) this.#choosePeriod();
    for (let i = 0; i < frame.length; i++) frame[i] = Math.round(this.#next());
    this.#remember(frame);
  }

  reset(): void {
    this.#history.fill(0);
    this.#invented = 0;
  }

  #remember(frame: Int16Array): void {
    const kept = Math.max(0, HISTORY - frame.length);
    this.#history.copyWithin(0, HISTORY - kept);
    this.#history.set(frame.length > HISTORY ? frame.subarray(frame.length - HISTORY) : frame, kept);
  }

  #next(): number {
    const at = this.#invented++;
    if (at >= FADE_TO) return 0;
    const sample = this.#period[at % this.#pitch] ?? 0;
    return at < FADE_FROM ? sample : (sample * (FADE_TO - at)) / (FADE_TO - FADE_FROM);
  }

  /** The last period, its end blended with what preceded it so that it repeats without a click. */
  #choosePeriod(): void {
    const pitch = pitchOf(this.#history);
    const start = HISTORY - pitch;
    for (let i = 0; i < pitch; i++) this.#period[i] = this.#history[start + i] ?? 0;
    for (let i = 0; i < OVERLAP; i++) {
      const share = (i + 1) / (OVERLAP + 1);
      const at = pitch - OVERLAP + i;
      this.#period[at] =
        (this.#history[start + at] ?? 0) * (1 - share) + (this.#history[start - OVERLAP + i] ?? 0) * share;
    }
    this.#pitch = pitch;
  }
}

/** The lag at which the end of the history is most like itself, by normalised correlation over every other sample. */
function pitchOf(history: Int16Array): number {
  let best = SHORTEST_PITCH;
  let bestLikeness = Number.NEGATIVE_INFINITY;
  for (let lag = SHORTEST_PITCH; lag <= LONGEST_PITCH; lag++) {
    let product = 0;
    let energy = 1;
    for (let i = HISTORY - COMPARED; i < HISTORY; i += 2) {
      const earlier = history[i - lag] ?? 0;
      product += earlier * (history[i] ?? 0);
      energy += earlier * earlier;
    }
    const likeness = product / Math.sqrt(energy);
    if (likeness > bestLikeness) {
      bestLikeness = likeness;
      best = lag;
    }
  }
  return best;
}
