/** Below this a sample counts as silence: −47 dB of full scale, 27 dB below the level of speech. */
const SILENCE = 150;
/** Kept around what is audible, 40 and 50 ms: a soft 'th' or 'f' begins and ends below the threshold. */
const MARGIN_BEFORE = 320;
const MARGIN_AFTER = 400;

const audible = (sample: number | undefined): boolean => Math.abs(sample ?? 0) >= SILENCE;

/**
 * Takes away the silence that synthesizers put around each piece of text and puts `pause` after it: first audio comes
 * 100 to 300 ms sooner and clauses follow each other as in one sentence. For audio that comes in pieces.
 */
export class SilenceTrimmer {
  readonly #pause: number;
  #begun = false;
  /** The silence so far since the last audible sample (or since the start), not given out yet. */
  #silence = new Int16Array(0);

  /** @param pause - samples of silence after the speech */
  constructor(pause: number) {
    this.#pause = pause;
  }

  /**
   * @param samples - 8 kHz mono 16-bit
   * @returns a new array: all up to the last audible sample
   */
  push(samples: Int16Array): Int16Array<ArrayBuffer> {
    const held = new Int16Array(this.#silence.length + samples.length);
    held.set(this.#silence);
    held.set(samples, this.#silence.length);
    const last = held.findLastIndex(audible);
    if (last < 0) {
      this.#silence = this.#begun ? held : held.slice(-MARGIN_BEFORE);
      return new Int16Array(0);
    }
    const from = this.#begun ? 0 : Math.max(0, held.findIndex(audible) - MARGIN_BEFORE);
    this.#begun = true;
    this.#silence = held.slice(last + 1);
    return held.slice(from, last + 1);
  }

  /** @returns the fading end and the pause; empty when nothing was audible */
  end(): Int16Array<ArrayBuffer> {
    if (!this.#begun) return new Int16Array(0);
    const tail = new Int16Array(this.#pause);
    tail.set(this.#silence.subarray(0, Math.min(MARGIN_AFTER, this.#pause)));
    return tail;
  }
}

/** The same for a piece that is there as a whole. */
export function trimSilence(speech: Int16Array, pause: number): Int16Array<ArrayBuffer> {
  const trimmer = new SilenceTrimmer(pause);
  const body = trimmer.push(speech);
  const tail = trimmer.end();
  const trimmed = new Int16Array(body.length + tail.length);
  trimmed.set(body);
  trimmed.set(tail, body.length);
  return trimmed;
}
