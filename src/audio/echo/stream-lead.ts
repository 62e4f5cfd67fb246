/** Frames, the least late of which tells how far ahead of the clock the stream lies: 320 ms. */
const FRAMES = 16;
/** Less than this (10 ms) is jitter. */
const JITTER = 80;
const FRAME = 160;
/** Nothing is placed farther ahead: 600 ms. */
const LONGEST_HELD = 4800;

/**
 * By how much a stream is placed ahead of our clock, in samples. It is ahead when its first packet was long under way, and
 * behind (less than 0) when the far end counts what it gets rather than time and we gave up packets because the machine
 * was busy. What comes back was played before it came, so all delays are longer (shorter) by that.
 */
export class StreamLead {
  readonly #ring = new Float64Array(FRAMES).fill(Number.NEGATIVE_INFINITY);
  #at = 0;
  #recent = 0;
  #settled = 0;
  #readAt: number | undefined;
  /** Of the last frame; late frames have less of it. */
  now = 0;
  /** How many samples before it was read the frame may have arrived: a busy machine reads what has piled up. */
  #held = 0;

  /** Of the last 320 ms, by their least late frame. */
  get recent(): number {
    return this.#recent;
  }

  /** The most that it may be: the frame may have waited for us. */
  get latest(): number {
    return Math.max(this.#recent, this.now + this.#held);
  }

  /** The same as `recent`, but it stays while nothing changes except the jitter. */
  get settled(): number {
    return this.#settled;
  }

  /**
   * @param end - position behind a frame
   * @param clock - the clock's position when it was read
   * @param hole - no packet came
   * @returns whether `settled` has moved
   */
  hear(end: number, clock: number, hole: boolean): boolean {
    if (!hole) {
      const since = clock - (this.#readAt ?? clock);
      if (since > JITTER) this.#held = Math.round(Math.min(LONGEST_HELD, Math.max(0, since - FRAME)));
      this.#readAt = clock;
    }
    this.now = Math.round(end - clock);
    this.#ring[this.#at] = this.now;
    this.#at = (this.#at + 1) % FRAMES;
    let recent = Number.NEGATIVE_INFINITY;
    for (const one of this.#ring) recent = Math.max(recent, one);
    this.#recent = recent;
    if (Math.abs(recent - this.#settled) <= JITTER) return false;
    this.#settled = recent;
    return true;
  }
}
