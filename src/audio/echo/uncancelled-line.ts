import { BAND_WINDOW, BANDS, bandLevels } from './band-levels.ts';
import { SEARCH_WINDOW } from './delay-search.ts';
import { EchoModel } from './echo-model.ts';
import { framePower } from './frame-power.ts';

const FRAME = 160;
/** What comes back is in most frames less than 4 dB above what is usual. */
const MARGIN = 2.5;

/** Shared by all calls of the thread. */
const reference = new Float32Array(BANDS);

/** A line with echo as it is before the canceller: what that leaves when it has lost its way is not louder than this. */
export class UncancelledLine {
  /** The last of it. */
  readonly samples = new Float32Array(SEARCH_WINDOW);
  readonly #model = new EchoModel(MARGIN);
  readonly #bands = new Float32Array(BANDS);
  readonly #newest = this.samples.subarray(SEARCH_WINDOW - FRAME);
  readonly #window = this.samples.subarray(SEARCH_WINDOW - BAND_WINDOW);

  /** Mean square of the last 20 ms. */
  get power(): number {
    return framePower(this.#newest);
  }

  /** @param before - what was heard last while there was no canceller */
  begin(before: Float32Array): void {
    this.samples.set(before);
  }

  hear(frame: Float32Array): void {
    this.samples.copyWithin(0, FRAME);
    this.samples.set(frame, SEARCH_WINDOW - FRAME);
  }

  forget(): void {
    this.samples.fill(0);
  }

  /** What of the playback comes back, decibels per band. */
  setGains(gains: Float32Array): void {
    this.#model.set(gains);
  }

  /**
   * Whether it is louder than its echo explains. Learns from what is not.
   *
   * @param left - power of what the canceller leaves; @param quiet - below this a frame is silence, whatever its spectrum
   * @param played - the playback's levels at the delay of its echo
   */
  exceeds(left: number, quiet: number, played: Float32Array): boolean {
    const bands = this.#bands;
    if (left < quiet) bands.fill(left);
    else bandLevels(this.#window, bands, 0);
    reference.set(played);
    const exceeds = this.#model.exceeds(bands, reference);
    if (!exceeds && left >= quiet) this.#model.learn(bands, reference);
    return exceeds;
  }
}
