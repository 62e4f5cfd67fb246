import { BAND_WINDOW, BANDS, bandLevels } from './band-levels.ts';

const FRAME = 160;
/** 1 s: the longest delay, the canceller's span and a margin. A power of two. */
const SAMPLES = 8192;
/** The same in frames. */
const FRAMES = 64;
/** What is softer cannot be heard again: about -62 dBFS. */
const AUDIBLE = 26 * 26;

const recent = new Float32Array(BAND_WINDOW);

/** The last second of what was played to a far end, by position, with its levels per band. */
export class PlayedAudio {
  readonly #ring = new Float32Array(SAMPLES);
  readonly #bands = new Float32Array(FRAMES * BANDS);
  /** Whether a frame of `#bands` is of an audible frame. */
  readonly #audible = new Uint8Array(FRAMES);
  /** Behind the newest sample. */
  #end = 0;
  #first: number | undefined;
  #audibleTo = Number.NEGATIVE_INFINITY;

  /** Behind the last audible sample. */
  get audibleTo(): number {
    return this.#audibleTo;
  }

  get end(): number {
    return this.#end;
  }

  /**
   * What leaves at a position. Frames come in order; what is left out was silence.
   *
   * @param samples - 160 of them; undefined: silence
   */
  play(at: number, samples: Int16Array | undefined): void {
    if (this.#first === undefined) {
      this.#first = at;
      this.#end = at;
    }
    if (at < this.#end) return;
    if (at - this.#end >= SAMPLES) this.#forget(at);
    while (this.#end < at) this.#append(undefined, Math.min(FRAME, at - this.#end));
    this.#append(samples, FRAME);
  }

  /** Samples from a position on; zeros where nothing is known. */
  copy(from: number, count: number, into: Float32Array): void {
    const oldest = this.#end - SAMPLES;
    for (let n = 0; n < count; n++) {
      const at = from + n;
      into[n] = at >= oldest && at < this.#end ? (this.#ring[at & (SAMPLES - 1)] as number) : 0;
    }
  }

  /** The greatest level per band of the frames that touch `from` … `to`. @returns false when all were silent */
  loudest(from: number, to: number, into: Float32Array): boolean {
    into.fill(0);
    const first = this.#first;
    if (first === undefined) return false;
    let any = false;
    const last = Math.floor((Math.min(to, this.#end) - 1 - first) / FRAME);
    const oldest = Math.floor((this.#end - first) / FRAME) - FRAMES + 1;
    for (let index = Math.max(0, oldest, Math.floor((from - first) / FRAME)); index <= last; index++) {
      const slot = index & (FRAMES - 1);
      if (this.#audible[slot] === 0) continue;
      any = true;
      for (let band = 0; band < BANDS; band++)
        into[band] = Math.max(into[band] as number, this.#bands[slot * BANDS + band] as number);
    }
    return any;
  }

  #append(samples: Int16Array | undefined, count: number): void {
    let energy = 0;
    for (let n = 0; n < count; n++) {
      const sample = samples?.[n] ?? 0;
      energy += sample * sample;
      this.#ring[(this.#end + n) & (SAMPLES - 1)] = sample;
    }
    const at = this.#end;
    this.#end += count;
    if (count < FRAME) return;
    const slot = Math.floor((at - (this.#first ?? 0)) / FRAME) & (FRAMES - 1);
    const audible = energy > AUDIBLE * FRAME;
    this.#audible[slot] = audible ? 1 : 0;
    if (!audible) return;
    this.#audibleTo = this.#end;
    this.copy(this.#end - BAND_WINDOW, BAND_WINDOW, recent);
    bandLevels(recent, this.#bands, slot * BANDS);
  }

  #forget(at: number): void {
    this.#ring.fill(0);
    this.#audible.fill(0);
    this.#first = at;
    this.#end = at;
  }
}
