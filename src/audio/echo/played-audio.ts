import { BAND_WINDOW, BANDS, bandLevels } from './band-levels.ts';

const FRAME = 160;
/** 1 s: the longest delay, the canceller's span and a margin. A power of two. */
const SAMPLES = 8192;
/** The same in frames. */
const FRAMES = 64;
/** What is softer cannot be heard again: about -62 dBFS. */
const AUDIBLE = 26 * 26;

/** Of the playback, what is softer than -65 dBFS counts as that. */
const SOFT = 400;
const SOFTEST_DB = 10 * Math.log10(SOFT);

const recent = new Float32Array(BAND_WINDOW);

/** The last second of what was played to a far end, by position, with its levels per band. */
export class PlayedAudio {
  readonly #ring = new Float32Array(SAMPLES);
  readonly #bands = new Float32Array(FRAMES * BANDS);
  readonly #decibels = new Float32Array(FRAMES * BANDS);
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
    const first = Math.min(Math.max(from, this.#end - SAMPLES), from + count);
    const last = Math.max(Math.min(from + count, this.#end), first);
    into.fill(0, 0, first - from);
    for (let at = first; at < last; ) {
      const slot = at & (SAMPLES - 1);
      const length = Math.min(last - at, SAMPLES - slot);
      into.set(this.#ring.subarray(slot, slot + length), at - from);
      at += length;
    }
    into.fill(0, last - from, count);
  }

  /** The greatest level per band of the frames that touch `from` … `to`. @returns false when all were silent */
  loudest(from: number, to: number, into: Float32Array): boolean {
    into.fill(0);
    return this.#greatest(this.#bands, from, to, into);
  }

  /** The same in decibels. */
  loudestDecibels(from: number, to: number, into: Float32Array): void {
    into.fill(SOFTEST_DB);
    this.#greatest(this.#decibels, from, to, into);
  }

  #greatest(levels: Float32Array, from: number, to: number, into: Float32Array): boolean {
    const first = this.#first;
    if (first === undefined) return false;
    let any = false;
    const last = Math.floor((Math.min(to, this.#end) - 1 - first) / FRAME);
    const oldest = Math.floor((this.#end - first) / FRAME) - FRAMES + 1;
    for (let index = Math.max(0, oldest, Math.floor((from - first) / FRAME)); index <= last; index++) {
      const slot = index & (FRAMES - 1);
      if (this.#audible[slot] === 0) continue;
      any = true;
      for (let band = 0; band < BANDS; band++) {
        const level = levels[slot * BANDS + band] as number;
        if (level > (into[band] as number)) into[band] = level;
      }
    }
    return any;
  }

  #append(samples: Int16Array | undefined, count: number): void {
    const at = this.#end;
    const energy = samples === undefined ? 0 : energyOf(samples, count);
    for (let done = 0; done < count; ) {
      const place = (at + done) & (SAMPLES - 1);
      const length = Math.min(count - done, SAMPLES - place);
      if (samples === undefined) this.#ring.fill(0, place, place + length);
      else this.#ring.set(samples.subarray(done, done + length), place);
      done += length;
    }
    this.#end += count;
    if (count < FRAME) return;
    const slot = Math.floor((at - (this.#first ?? 0)) / FRAME) & (FRAMES - 1);
    const audible = energy > AUDIBLE * FRAME;
    this.#audible[slot] = audible ? 1 : 0;
    if (!audible) return;
    this.#audibleTo = this.#end;
    this.copy(this.#end - BAND_WINDOW, BAND_WINDOW, recent);
    bandLevels(recent, this.#bands, slot * BANDS);
    for (let n = slot * BANDS; n < (slot + 1) * BANDS; n++)
      this.#decibels[n] = 10 * Math.log10((this.#bands[n] as number) + SOFT);
  }

  #forget(at: number): void {
    this.#ring.fill(0);
    this.#audible.fill(0);
    this.#first = at;
    this.#end = at;
  }
}

function energyOf(samples: Int16Array, count: number): number {
  let energy = 0;
  for (let n = 0; n < count; n++) energy += (samples[n] as number) ** 2;
  return energy;
}
