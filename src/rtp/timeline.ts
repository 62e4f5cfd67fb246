/*
 * Where a stream's packets lie on our own 8 kHz clock. Contiguous packets stay contiguous however they arrive; the drift
 * of the sender's clock against ours is taken out one sample at a time; lost audio leaves a gap by itself.
 */

/** Between the two clocks at most one correction per packet: 1 sample in 160 is inaudible. */
export interface Placement {
  /** Sample of our clock at which the packet's first sample lies. */
  at: number;
  /** 1: a sample was left out before it (repeat the last one); -1: its first sample overlaps the last packet's last. */
  correction: -1 | 0 | 1;
  /** The sender's clock jumped, or this is the first packet: placed by its arrival. */
  anchored: boolean;
}

/** A packet this far (500 ms) from where its timestamp says is a jump of the sender's clock. */
const JUMP = 4000;
/** The least delay is looked for in windows of so many packets: 4 s at 20 ms. */
const WINDOW = 200;
/** Deviations below this are left alone: 1 ms. */
const TOLERANCE = 8;

export class Timeline {
  readonly #placement: Placement = { at: 0, correction: 0, anchored: false };
  #started = false;
  #lastTimestamp = 0;
  /** `#lastTimestamp` without its wraps. */
  #unwrapped = 0;
  /** Our clock minus the sender's, in samples. */
  #offset = 0;
  #end = 0;
  #windowLeast = Number.POSITIVE_INFINITY;
  #windowCount = 0;
  #owed = 0;

  /**
   * Places a packet; call once per packet, in order of arrival (a reordered one is fine, a duplicate harmless).
   *
   * @param timestamp - RTP timestamp, 8000 Hz
   * @param arrival - our clock at its arrival, in samples; may be fractional
   * @param length - samples in it
   * @returns the same object each time
   */
  place(timestamp: number, arrival: number, length: number): Placement {
    const out = this.#placement;
    out.correction = 0;
    out.anchored = false;
    const position = this.#started ? this.#unwrapped + ((timestamp - this.#lastTimestamp) | 0) : timestamp;
    // the packet was whole when it arrived, so its first sample was heard `length` earlier
    const heard = arrival - length;
    const deviation = heard - (position + this.#offset);
    if (!this.#started || Math.abs(deviation) > JUMP) {
      this.#anchor(timestamp, Math.max(Math.round(heard), this.#started ? this.#end : Number.NEGATIVE_INFINITY));
      out.anchored = true;
    } else if (position >= this.#unwrapped) {
      this.#unwrapped = position;
      this.#lastTimestamp = timestamp;
      out.correction = this.#correct(deviation);
    }
    out.at = (out.anchored ? this.#unwrapped : position) + this.#offset;
    this.#end = Math.max(this.#end, out.at + length);
    return out;
  }

  #anchor(timestamp: number, at: number): void {
    this.#started = true;
    this.#unwrapped = timestamp;
    this.#lastTimestamp = timestamp;
    this.#offset = at - timestamp;
    this.#owed = 0;
    this.#windowLeast = Number.POSITIVE_INFINITY;
    this.#windowCount = 0;
  }

  /** Jitter only ever adds delay: the least of a window is the clock's deviation. */
  #correct(deviation: number): -1 | 0 | 1 {
    this.#windowLeast = Math.min(this.#windowLeast, deviation);
    if (++this.#windowCount >= WINDOW) {
      this.#owed = Math.abs(this.#windowLeast) > TOLERANCE ? Math.round(this.#windowLeast) : 0;
      this.#windowLeast = Number.POSITIVE_INFINITY;
      this.#windowCount = 0;
    }
    const step = this.#owed > 0 ? 1 : this.#owed < 0 ? -1 : 0;
    this.#owed -= step;
    this.#offset += step;
    // what is measured from here on is measured against the new offset
    this.#windowLeast -= step;
    return step;
  }
}
