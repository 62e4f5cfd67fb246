/*
 * The receiving end of a stream: packets go in as they come, decoded, one frame of 20 ms comes out per tick.
 *
 * It is a ring of samples addressed by position, not a list of packets, so that any packet length, reordering and
 * duplicates need no care of their own. The delay needs no clock either: how long each packet lay before its turn came
 * (its slack) says all. Packets that come too late push the stream back by what they missed; a stream whose least slack
 * has been more than wanted for a while loses a frame, a quiet one if there is one.
 */

const FRAME = 160;
const PER_MS = 8;
/** 1 s of ring: more than the deepest buffer and the longest packet together. */
const RING = 8192;
const MASK = RING - 1;
const LONGEST_PACKET = 1600;
/** Frames without audio after which the next packet begins a talkspurt: the delay is set anew. */
const TALKSPURT_GAP = 5;
/** Packets over which the least slack is taken: 2 s at 20 ms. */
const WINDOW_SAMPLES = 16_000;

export interface JitterBufferOptions {
  /** Delay at the start of a stream or talkspurt; default 40 ms. It then adapts. */
  readonly initialMs?: number;
  /** More than this is never held; default 200 ms, at most 500. */
  readonly maxMs?: number;
  /** Whether a frame is quiet enough to be left out unheard. Absent: any frame is. */
  readonly quiet?: (samples: Int16Array) => boolean;
}

export interface JitterFrame {
  /** Samples of the 160 that came. 0: the frame is missing; `samples` is then all zeros. */
  present: number;
  /** Valid until the next `take`. */
  readonly samples: Int16Array;
  /** Missing frames in a row, this one included. */
  missing: number;
}

export interface JitterCounts {
  /** Packets that came after their turn, twice, or too long to be true; frames left out to shorten the delay; overflows; restarts of the clock. */
  late: number;
  duplicate: number;
  invalid: number;
  skipped: number;
  overflowed: number;
  resynchronised: number;
}

export class JitterBuffer {
  readonly counts: JitterCounts = { late: 0, duplicate: 0, invalid: 0, skipped: 0, overflowed: 0, resynchronised: 0 };
  readonly #options: JitterBufferOptions;
  readonly #initial: number;
  readonly #most: number;
  readonly #ring = new Int16Array(RING);
  readonly #there = new Uint8Array(RING);
  readonly #frame: JitterFrame = { present: 0, samples: new Int16Array(FRAME), missing: 0 };
  #started = false;
  #ssrc = 0;
  /** Position of the next frame to play; positions only ever grow. */
  #play = 0;
  /** Behind the last sample that came. */
  #end = 0;
  /** Behind the last sample that was played (not concealed). */
  #played = 0;
  #lastTimestamp = 0;
  #lastSequence = 0;
  /** Position of `#lastTimestamp`. */
  #lastPosition = 0;
  #leastSlack = Number.POSITIVE_INFINITY;
  #windowEnd = 0;
  #excess = 0;

  constructor(options: JitterBufferOptions = {}) {
    this.#options = options;
    this.#initial = frames(options.initialMs ?? 40);
    this.#most = frames(Math.min(500, options.maxMs ?? 200));
  }

  /** What waits to be played, ms. */
  get depthMs(): number {
    return Math.max(0, this.#end - this.#play) / PER_MS;
  }

  /**
   * Takes a packet of 8 kHz linear audio; its samples are copied.
   *
   * @param ssrc - a new one starts a new stream behind what is buffered
   */
  put(sequence: number, timestamp: number, samples: Int16Array, ssrc = 0): void {
    const { length } = samples;
    if (length === 0 || length > LONGEST_PACKET) {
      this.counts.invalid++;
      return;
    }
    const newest = !this.#started || ssrc !== this.#ssrc || (sequence - this.#lastSequence) << 16 > 0;
    let position = this.#lastPosition + ((timestamp - this.#lastTimestamp) | 0);
    if (!this.#started || ssrc !== this.#ssrc) position = this.#resynchronise();
    else if (newest && this.#frame.missing >= TALKSPURT_GAP && this.#end <= this.#play)
      position = this.#talkspurt(position);
    else if (newest && position > this.#play + this.#most + LONGEST_PACKET) position = this.#resynchronise();
    else if (position < this.#play) position = this.#late(position, newest);
    if (position < this.#play) {
      this.counts.late++;
      return;
    }
    this.#started = true;
    this.#ssrc = ssrc;
    if (newest) {
      this.#lastSequence = sequence;
      this.#lastTimestamp = timestamp;
      this.#lastPosition = position;
    }
    if (this.#there[position & MASK] === 1) {
      this.counts.duplicate++;
      return;
    }
    this.#store(position, samples);
    this.#leastSlack = Math.min(this.#leastSlack, position - this.#play);
  }

  /** The next 20 ms: call once per tick. The same object each time. */
  take(): JitterFrame {
    const frame = this.#frame;
    if (this.#excess > 0) this.#shorten();
    this.#read(frame);
    frame.missing = frame.present > 0 ? 0 : frame.missing + 1;
    if (this.#play >= this.#windowEnd) this.#judge();
    return frame;
  }

  #read(frame: JitterFrame): void {
    const { samples } = frame;
    let present = 0;
    const start = this.#play & MASK;
    for (let i = 0; i < FRAME; i++) {
      const at = (start + i) & MASK;
      if (this.#there[at] === 1) {
        samples[i] = this.#ring[at] ?? 0;
        this.#there[at] = 0;
        present++;
      } else samples[i] = 0;
    }
    frame.present = present;
    this.#play += FRAME;
    if (present > 0) this.#played = this.#play;
  }

  #store(position: number, samples: Int16Array): void {
    const overflow = position + samples.length - (this.#play + this.#most + LONGEST_PACKET);
    if (overflow > 0 || position - this.#play > this.#most) {
      // a burst after a pause of the network: the oldest goes, the initial delay stays
      this.counts.overflowed++;
      this.#skipTo(position - this.#initial);
    }
    for (let i = 0; i < samples.length; i++) {
      const at = (position + i) & MASK;
      this.#ring[at] = samples[i] ?? 0;
      this.#there[at] = 1;
    }
    this.#end = Math.max(this.#end, position + samples.length);
  }

  /** A new stream, or a clock that jumped: goes on behind what is there, after the initial delay. */
  #resynchronise(): number {
    if (this.#started) this.counts.resynchronised++;
    this.#forgetSlack();
    return Math.max(this.#end, this.#play + this.#initial);
  }

  /** After a gap of the talk the delay can be set without anyone's hearing it. */
  #talkspurt(position: number): number {
    if (Math.abs(position - this.#play) > RING) this.counts.resynchronised++;
    this.#forgetSlack();
    return this.#play + this.#initial;
  }

  /**
   * A packet whose turn is over. If nothing after it has been played (the buffer ran dry), the stream is pushed back by
   * what it missed; the listener has heard concealment meanwhile. Otherwise it is too late.
   */
  #late(position: number, newest: boolean): number {
    if (!newest) return position;
    if (this.#play - position > this.#most) return this.#resynchronise();
    if (this.#end > this.#play || position < this.#played - FRAME) return position;
    this.#forgetSlack();
    return this.#play;
  }

  /** At the end of a window: whether the stream has been waiting longer than it must. */
  #judge(): void {
    const spare = this.#leastSlack - FRAME;
    this.#excess = Number.isFinite(spare) && spare >= FRAME ? Math.floor(spare / FRAME) : 0;
    this.#leastSlack = Number.POSITIVE_INFINITY;
    this.#windowEnd = this.#play + WINDOW_SAMPLES;
  }

  #forgetSlack(): void {
    this.#excess = 0;
    this.#leastSlack = Number.POSITIVE_INFINITY;
    this.#windowEnd = this.#play + WINDOW_SAMPLES;
  }

  /** Leaves out one frame, waiting for a quiet one as long as the window lasts. */
  #shorten(): void {
    if (this.#end - this.#play < 2 * FRAME) return;
    const lastChance = this.#windowEnd - this.#play <= FRAME * this.#excess;
    if (!lastChance && this.#options.quiet !== undefined && !this.#options.quiet(this.#peek())) return;
    this.#excess--;
    this.counts.skipped++;
    this.#skipTo(this.#play + FRAME);
    // what is measured in this window is now that much less
    this.#leastSlack -= FRAME;
  }

  #peek(): Int16Array {
    const { samples } = this.#frame;
    for (let i = 0; i < FRAME; i++) {
      const at = (this.#play + i) & MASK;
      samples[i] = this.#there[at] === 1 ? (this.#ring[at] ?? 0) : 0;
    }
    return samples;
  }

  #skipTo(position: number): void {
    const until = Math.min(position, this.#play + RING);
    for (let at = this.#play; at < until; at++) this.#there[at & MASK] = 0;
    this.#play = Math.max(this.#play, position);
  }
}

const frames = (milliseconds: number): number => Math.max(1, Math.round((milliseconds * PER_MS) / FRAME)) * FRAME;
