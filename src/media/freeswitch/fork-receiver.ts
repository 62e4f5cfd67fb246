import { FRAME_SAMPLES, type LegSample, legSample, rtpTicks } from '../../domain/units.ts';
import { Timeline } from '../../rtp/timeline.ts';

/** One sample of each channel, s16le. */
const PAIR_BYTES = 4;
/** A frame so far behind the clock (100 ms) may be late, or the stream has stood still: the next ones tell. */
const SUSPICIOUS = 800;
/** They have told when this many in a row, over at least 60 ms, have made up less than 10 ms of the delay… */
const WITNESSES = 5;
const PATIENCE = 480;
const MADE_UP = 80;
/** …or none has come for 200 ms: then it is still stalling. */
const SILENT = 1600;
/** What is left of a delay after a burst, up to 60 ms, is delay; what is more was never sent. */
const NEAR = 480;
/** 10 s of frames that wait, after a stall of this thread; and what is kept for the next ones. */
const MOST_WAITING = 500;
const MOST_SPARE = 16;
/** Nobody can send what has not been said: more than 600 ms ahead of the clock is dropped. */
const FARTHEST_AHEAD = 4800;
/** Beyond this the timeline would begin afresh by itself. */
const JUMP = 3999;

/** 20 ms of both channels, in the order that they were sent. The same object each time. */
export interface ForkFrame {
  at: LegSample;
  /** Samples before it that the drift correction left out: repeat the first one. */
  repeatBefore: number;
  left: Int16Array;
  right: Int16Array;
  /** Whether there is anything but what FreeSWITCH puts where no RTP came: zeros, or -1. */
  leftSounds: boolean;
  rightSounds: boolean;
}

interface Waiting {
  left: Int16Array;
  right: Int16Array;
  count: number;
  arrival: number;
}

const newWaiting = (): Waiting => ({
  left: new Int16Array(FRAME_SAMPLES),
  right: new Int16Array(FRAME_SAMPLES),
  count: 0,
  arrival: 0,
});

/**
 * The receiving half of a fork: from messages of any size to frames of 20 ms, placed on our clock. On a TCP connection
 * nothing is lost or reordered, so the place of a frame is the count of samples before it, with the drift between the two
 * clocks taken out. The stream stands still while the caller holds and breaks with the connection: then, and only
 * then, is it placed anew by its arrival; a burst after a stall keeps its place.
 */
export class ForkReceiver {
  /** Frames that came. */
  received = 0;
  /** Frames too far ahead of the clock. */
  dropped = 0;
  readonly #position: () => LegSample;
  readonly #onFrame: (frame: ForkFrame) => void;
  readonly #frame: ForkFrame = {
    at: legSample(0),
    repeatBefore: 0,
    left: new Int16Array(0),
    right: new Int16Array(0),
    leftSounds: false,
    rightSounds: false,
  };
  #timeline = new Timeline();
  /** Samples placed: the stream's own time. */
  #count = 0;
  #end: number | undefined;
  /** A new connection, or after a hold: nothing is known of its time. */
  #fresh = true;
  readonly #carry = new Uint8Array(PAIR_BYTES);
  #carried = 0;
  #hand = newWaiting();
  #waiting: Waiting[] = [];
  readonly #spare: Waiting[] = [];
  /** Samples that wait; the least delay among them, when it came, and how many have come since. */
  #waitingCount = 0;
  #least = Infinity;
  #leastAt = 0;
  #sinceLeast = 0;

  /** @param position - the leg's time, in samples */
  constructor(position: () => LegSample, onFrame: (frame: ForkFrame) => void) {
    this.#position = position;
    this.#onFrame = onFrame;
  }

  /** Behind the newest audio; undefined before the first. */
  get end(): number | undefined {
    return this.#end;
  }

  /** A new connection. */
  begin(): void {
    this.pause();
    this.#carried = 0;
  }

  /** The stream is about to stand still, and will go on at another time. */
  pause(): void {
    this.flush();
    this.#fresh = true;
  }

  /** s16le, left and right in turn, 8 kHz. Whatever its length. */
  receive(bytes: Uint8Array): void {
    const now = this.#position();
    const { length } = bytes;
    let i = 0;
    while (i < length) {
      if (this.#carried > 0 || length - i < PAIR_BYTES) {
        this.#carry[this.#carried++] = bytes[i++] ?? 0;
        if (this.#carried < PAIR_BYTES) continue;
        this.#carried = 0;
        this.#push(this.#carry, 0, now);
      } else {
        this.#push(bytes, i, now);
        i += PAIR_BYTES;
      }
    }
  }

  /** Time passes. */
  tick(): void {
    if (this.#waiting.length > 0 && this.#position() - this.#leastAt >= SILENT) this.#decide(false);
  }

  /** What has come by now is placed as far as can be told: something begins that does not concern it. */
  settle(): void {
    this.#decide(false);
  }

  /** The stream ends: what has come of it is placed. */
  flush(): void {
    if (this.#hand.count > 0) this.#take(this.#position());
    this.#decide(false);
  }

  #push(bytes: Uint8Array, i: number, now: LegSample): void {
    const hand = this.#hand;
    hand.left[hand.count] = (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8);
    hand.right[hand.count] = (bytes[i + 2] ?? 0) | ((bytes[i + 3] ?? 0) << 8);
    if (++hand.count === FRAME_SAMPLES) this.#take(now);
  }

  /** The frame in hand is whole. */
  #take(now: LegSample): void {
    const hand = this.#hand;
    hand.arrival = now;
    this.received++;
    const waiting = this.#waiting;
    const late = this.#end === undefined ? Infinity : now - hand.count - this.#end;
    if (waiting.length === 0 && !this.#fresh && late <= SUSPICIOUS) {
      this.#place(hand);
      hand.count = 0;
      return;
    }
    waiting.push(hand);
    this.#hand = this.#spare.pop() ?? newWaiting();
    const delay = now - hand.count - this.#waitingCount;
    this.#waitingCount += hand.count;
    if (delay < this.#least - MADE_UP || waiting.length === 1) {
      this.#leastAt = now;
      this.#sinceLeast = 0;
    } else this.#sinceLeast++;
    this.#least = Math.min(this.#least, delay);
    const over = this.#sinceLeast >= WITNESSES && now - this.#leastAt >= PATIENCE;
    const caughtUp = !this.#fresh && this.#end !== undefined && delay - this.#end <= NEAR;
    if (over || caughtUp || waiting.length >= MOST_WAITING) this.#decide(over);
  }

  /**
   * Delay only ever adds: the least late of the frames that waited says where all of them lie.
   *
   * @param steady - they came in real time, and no others will come faster
   */
  #decide(steady: boolean): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    const least = this.#least;
    this.#least = Infinity;
    this.#waitingCount = 0;
    const end = this.#end ?? Number.NEGATIVE_INFINITY;
    if (this.#fresh || (steady && least - end > NEAR)) {
      this.#timeline = new Timeline();
      this.#end = Math.max(Math.round(least), end);
      this.#timeline.place(rtpTicks(this.#count >>> 0), this.#end, 0);
    }
    this.#fresh = false;
    for (const one of waiting) {
      // what waited says nothing of the drift
      one.arrival = Math.min(one.arrival, (this.#end ?? 0) + one.count);
      this.#place(one);
      one.count = 0;
      if (this.#spare.length < MOST_SPARE) this.#spare.push(one);
    }
  }

  #place({ left, right, count, arrival }: Waiting): void {
    const end = this.#end ?? 0;
    if (end + count > this.#position() + FARTHEST_AHEAD) {
      this.dropped++;
      return;
    }
    const expected = end + count;
    const plausible = Math.max(expected - JUMP, Math.min(expected + JUMP, arrival));
    const { at } = this.#timeline.place(rtpTicks(this.#count >>> 0), plausible, count);
    const frame = this.#frame;
    const gap = at - end;
    frame.at = legSample(at);
    frame.repeatBefore = Math.max(0, gap);
    frame.left = count === FRAME_SAMPLES ? left : left.subarray(0, count);
    frame.right = count === FRAME_SAMPLES ? right : right.subarray(0, count);
    frame.leftSounds = sounds(left, count);
    frame.rightSounds = sounds(right, count);
    this.#count += count;
    this.#end = at + count;
    this.#onFrame(frame);
  }
}

function sounds(samples: Int16Array, count: number): boolean {
  for (let i = 0; i < count; i++) {
    const sample = samples[i] ?? 0;
    if (sample !== 0 && sample !== -1) return true;
  }
  return false;
}
