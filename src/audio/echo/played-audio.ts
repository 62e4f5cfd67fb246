import type { LegSample } from '../../domain/units.ts';
import { BAND_WINDOW, BANDS, bandLevels } from './band-levels.ts';

const FRAME = 160;
/** 2 s: the longest lead, the longest delay, the canceller's span and a margin. A power of two. */
const SAMPLES = 16_384;
/** Of so many frames levels are known; their samples are here. A power of two. */
const FRAMES = 64;
/** What is softer cannot be heard again: about -62 dBFS. */
const AUDIBLE = 26 * 26;

/** Of the playback, what is softer than -65 dBFS counts as that. */
const SOFT = 400;
const SOFTEST_DB = 10 * Math.log10(SOFT);

const recent = new Float32Array(BAND_WINDOW);

/** Of a frame: not audible; audible; its levels are in `#bands`; they are in `#decibels`, too. */
const SILENT = 0;
const AUDIBLE_FRAME = 1;
const LEVELS = 2;
const DECIBELS = 3;

/** The last seconds of what was played to a far end, by position, with its levels per band: worked out when they are asked for. */
export class PlayedAudio {
  readonly #ring = new Int16Array(SAMPLES);
  readonly #bands = new Float32Array(FRAMES * BANDS);
  readonly #decibels = new Float32Array(FRAMES * BANDS);
  /** What is known of each frame. */
  readonly #known = new Uint8Array(FRAMES);
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
  play(at: LegSample, samples: Int16Array | undefined): void {
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
    for (let at = first; at < last; at++) into[at - from] = this.#ring[at & (SAMPLES - 1)] as number;
    into.fill(0, last - from, count);
  }

  /** The greatest level per band of the frames that touch `from` … `to`. @returns false when all were silent */
  loudest(from: number, to: number, into: Float32Array): boolean {
    into.fill(0);
    return this.#greatest(LEVELS, this.#bands, from, to, into);
  }

  /** The same in decibels. */
  loudestDecibels(from: number, to: number, into: Float32Array): void {
    into.fill(SOFTEST_DB);
    this.#greatest(DECIBELS, this.#decibels, from, to, into);
  }

  #greatest(wanted: number, levels: Float32Array, from: number, to: number, into: Float32Array): boolean {
    const first = this.#first;
    if (first === undefined) return false;
    let any = false;
    const last = Math.floor((Math.min(to, this.#end) - 1 - first) / FRAME);
    const oldest = Math.floor((this.#end - first) / FRAME) - FRAMES + 1;
    for (let index = Math.max(0, oldest, Math.floor((from - first) / FRAME)); index <= last; index++) {
      const slot = index & (FRAMES - 1);
      const known = this.#known[slot] as number;
      if (known === SILENT) continue;
      any = true;
      if (known < wanted) this.#workOut(slot, first + (index + 1) * FRAME, known, wanted);
      for (let band = 0; band < BANDS; band++) {
        const level = levels[slot * BANDS + band] as number;
        if (level > (into[band] as number)) into[band] = level;
      }
    }
    return any;
  }

  /** @param end - position behind the frame */
  #workOut(slot: number, end: number, known: number, wanted: number): void {
    this.#known[slot] = wanted;
    const place = slot * BANDS;
    if (known < LEVELS) {
      this.copy(end - BAND_WINDOW, BAND_WINDOW, recent);
      bandLevels(recent, this.#bands, place);
    }
    if (wanted < DECIBELS) return;
    for (let n = place; n < place + BANDS; n++) this.#decibels[n] = 10 * Math.log10((this.#bands[n] as number) + SOFT);
  }

  #append(samples: Int16Array | undefined, count: number): void {
    const at = this.#end;
    const place = at & (SAMPLES - 1);
    const whole = place + count <= SAMPLES;
    if (samples !== undefined && whole && samples.length === count) this.#ring.set(samples, place);
    else for (let n = 0; n < count; n++) this.#ring[(at + n) & (SAMPLES - 1)] = samples?.[n] ?? 0;
    this.#end += count;
    if (count < FRAME) return;
    const slot = Math.floor((at - (this.#first ?? 0)) / FRAME) & (FRAMES - 1);
    const audible = samples !== undefined && energyOf(samples, count) > AUDIBLE * FRAME;
    this.#known[slot] = audible ? AUDIBLE_FRAME : SILENT;
    if (audible) this.#audibleTo = this.#end;
  }

  #forget(at: LegSample): void {
    this.#ring.fill(0);
    this.#known.fill(SILENT);
    this.#first = at;
    this.#end = at;
  }
}

function energyOf(samples: Int16Array, count: number): number {
  let energy = 0;
  for (let n = 0; n < count; n++) energy += (samples[n] as number) ** 2;
  return energy;
}
