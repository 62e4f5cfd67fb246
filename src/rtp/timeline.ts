import {
  type RtpClockHz,
  type RtpTicks,
  rtpTicks,
  TELEPHONE_RATE,
  ticksPerSample,
  type LegSample,
  legSample,
} from '../domain/units.ts';

/*
 * Where a stream's packets lie on our own 8 kHz clock. Contiguous packets stay contiguous however they arrive; the drift
 * of the sender's clock against ours is taken out one sample at a time, a lead of more than 100 ms by 2 ms of each packet in which
 * nobody speaks; lost audio leaves a gap by itself.
 *
 * Delay only ever adds: the packets that were least under way say where the others lie. So a burst after a stall keeps the
 * place that its timestamps give it, in the past; a stream that stays late (a longer way, a clock that stood still) is moved
 * up to now; and nothing is placed far ahead of now, because nobody can send what has not been said.
 */

/** Between the two clocks at most one correction per packet: 1 sample in 160 is inaudible. */
export interface Placement {
  /** Sample of our clock at which the packet's first sample lies. */
  at: LegSample;
  /** The packet's timestamp without its wraps, in samples: the sender's own time. */
  position: number;
  /** Above 0: so many samples were left out before it (repeat the last one); below: so many of its first overlap the last packet's last. */
  correction: number;
  /** The sender's clock jumped, the stream stays late, or this is the first packet: placed by its arrival. */
  anchored: boolean;
  /** By how many samples the stream was found to be beside our clock, once for each time: later than its timestamps say, or (below 0) ahead of it. 0: it is not. */
  skew: number;
  /** It would lie so far ahead of the clock that it is a mistake of timestamps: to be dropped. `at` says nothing. */
  ahead: boolean;
}

/** A packet that comes this much (500 ms) sooner than its timestamp says is of another clock. */
const EARLY = 4_000;
/** A first packet that was long under way puts the rest ahead of the clock, by 600 ms at most. */
const FARTHEST_AHEAD = 4_800;
/** A packet this far (100 ms) behind its time may be part of a burst, or the stream has moved: the next ones tell. */
const LATE = 800;
/** A delay longer than 10 s is a jump of the sender's clock. */
const LATEST = 80_000;
/** The stream has moved when this many in a row, over at least 60 ms, have made up less than 10 ms of the delay. */
const WITNESSES = 5;
const PATIENCE = 480;
const MADE_UP = 80;
/** Packets in a window in which the least delay is looked for: 4 s at 20 ms. */
const WINDOW = 200;
/** Deviations below this are left alone: 1 ms. */
const TOLERANCE = 8;
/** Of a stream more than 100 ms ahead: what it overlaps itself by in each quiet packet. A tone cut so in every packet is no tone any more. */
const CATCH_UP = 16;
/** What lies beside our clock by more than 200 ms is told. */
const SKEW = 1_600;

const LOUD = (): boolean => false;

export class Timeline {
  readonly #placement: Placement = {
    at: legSample(0),
    position: 0,
    correction: 0,
    anchored: false,
    skew: 0,
    ahead: false,
  };
  readonly #ticksPerSample: number;
  #started = false;
  #lastTimestamp: RtpTicks = rtpTicks(0);
  /** `#lastTimestamp` without its wraps, in ticks. */
  #unwrapped = 0;
  /** Behind the newest packet, in samples. */
  #next = 0;
  /** Our clock minus the sender's, in samples; and what it was before the last jump. */
  #offset = 0;
  #offsetBefore: number | undefined;
  #end = 0;
  #windowLeast = Number.POSITIVE_INFINITY;
  #windowCount = 0;
  #owed = 0;
  /** Of the late packets in a row: the least deviation, when it came, and how many have come since. */
  #lateLeast = Number.POSITIVE_INFINITY;
  #lateAt = 0;
  #lateSince = 0;
  /** Of the lead that is being made up; told once. */
  #aheadTold = false;

  constructor(clockRate: RtpClockHz = TELEPHONE_RATE) {
    this.#ticksPerSample = ticksPerSample(clockRate);
  }

  /**
   * Places a packet; call once per packet, in order of arrival (a reordered one is fine, a duplicate harmless).
   *
   * @param arrival - our clock at its arrival, in samples; may be fractional
   * @param length - samples in it
   * @param anew - the sender says (RFC 3551 section 4.1: marker) or shows that it was silent before, or that its clock is another
   * @param quiet - whether 2 ms of the packet can go unheard; asked where the stream is ahead
   * @returns the same object each time
   */
  place(timestamp: RtpTicks, arrival: number, length: number, anew = false, quiet = LOUD): Placement {
    const out = this.#placement;
    out.correction = 0;
    out.anchored = false;
    out.skew = 0;
    out.ahead = false;
    const ticks = this.#started ? this.#unwrapped + ((timestamp - this.#lastTimestamp) | 0) : timestamp;
    const position = Math.round(ticks / this.#ticksPerSample);
    out.position = position;
    // the packet was whole when it arrived, so its first sample was heard `length` earlier
    const heard = arrival - length;
    const deviation = heard - (position + this.#offset);
    if (!this.#started) this.#anchor(position, Math.round(heard));
    else if (deviation < -EARLY) this.#onEarly(position, heard);
    else if (deviation > LATE) this.#onLate(position, heard, arrival, anew);
    else {
      this.#forgetLate();
      if (ticks >= this.#unwrapped) out.correction = this.#correct(deviation, position - this.#next, quiet);
    }
    out.at = legSample(position + this.#offset);
    if (out.ahead) return out;
    if (out.anchored || ticks >= this.#unwrapped) {
      this.#unwrapped = ticks;
      this.#lastTimestamp = timestamp;
      this.#next = position + length;
    }
    this.#end = Math.max(this.#end, out.at + length);
    return out;
  }

  #anchor(position: number, place: number): void {
    if (this.#started) this.#offsetBefore = this.#offset;
    this.#started = true;
    this.#placement.anchored = true;
    this.#moveTo(place - position);
  }

  #moveTo(offset: number): void {
    this.#offset = offset;
    this.#owed = 0;
    this.#aheadTold = false;
    this.#forgetWindow();
    this.#forgetLate();
  }

  /** Sooner than can be: the clock was taken for another one because of a burst, or it is another one now. */
  #onEarly(position: number, heard: number): void {
    const before = this.#offsetBefore;
    const late = before === undefined ? Number.NaN : heard - (position + before);
    if (before !== undefined && late >= -EARLY && late <= LATEST) {
      this.#offsetBefore = undefined;
      this.#moveTo(before);
      return;
    }
    // never over what is there
    const at = Math.max(Math.round(heard), this.#end);
    if (at > heard + FARTHEST_AHEAD) this.#placement.ahead = true;
    else {
      const offset = this.#offset;
      this.#anchor(position, at);
      this.#tell(this.#offset - offset);
    }
  }

  #onLate(position: number, heard: number, arrival: number, anew: boolean): void {
    const deviation = heard - (position + this.#offset);
    if (deviation < this.#lateLeast - MADE_UP) {
      this.#lateAt = arrival;
      this.#lateSince = 0;
    } else this.#lateSince++;
    this.#lateLeast = Math.min(this.#lateLeast, deviation);
    const stays = this.#lateSince >= WITNESSES && arrival - this.#lateAt >= PATIENCE;
    // a pause is no skew
    if (!anew && (stays || deviation > LATEST)) this.#tell(stays ? this.#lateLeast : deviation);
    if (anew || deviation > LATEST) this.#anchor(position, Math.max(Math.round(heard), this.#end));
    else if (stays) this.#anchor(position, Math.max(Math.round(position + this.#offset + this.#lateLeast), this.#end));
  }

  #tell(skew: number): void {
    if (Math.abs(skew) > SKEW) this.#placement.skew = Math.round(skew);
  }

  #forgetLate(): void {
    this.#lateLeast = Number.POSITIVE_INFINITY;
    this.#lateSince = 0;
  }

  #forgetWindow(): void {
    this.#windowLeast = Number.POSITIVE_INFINITY;
    this.#windowCount = 0;
  }

  /**
   * Jitter only ever adds delay: the least of a window is the clock's deviation.
   *
   * @param gap - samples that are missing before the packet: there a correction may be of any length
   */
  #correct(deviation: number, gap: number, quiet: () => boolean): number {
    this.#windowLeast = Math.min(this.#windowLeast, deviation);
    // nobody can send what has not been said: one packet shows that the stream is ahead, its first packet was long under way, for instance
    const leads = deviation < -LATE;
    if (leads && !this.#aheadTold) this.#tell(deviation);
    this.#aheadTold ||= deviation < -SKEW;
    if (++this.#windowCount >= WINDOW) {
      this.#owed = Math.abs(this.#windowLeast) > TOLERANCE ? Math.round(this.#windowLeast) : 0;
      this.#forgetWindow();
    }
    const hurries = leads && gap <= 0 && quiet();
    const step = hurries ? -CATCH_UP : gap > 0 ? Math.max(this.#owed, -gap) : Math.sign(this.#owed);
    this.#owed = hurries ? Math.min(0, this.#owed - step) : this.#owed - step;
    this.#offset += step;
    // what is measured from here on is measured against the new offset
    this.#windowLeast -= step;
    return gap > 0 ? 0 : step;
  }
}
