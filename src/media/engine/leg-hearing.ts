import { FRAME_SAMPLES, type LegSample, legSample } from '../../domain/units.ts';
import type { HeardPacket } from './heard-packet.ts';

/** Without packets for so long (200 ms), silence is heard instead: a far end that suppresses it must not talk for ever. */
const PATIENCE = 1600;
/** A gap or an overlap this small is the drift correction's. */
const CORRECTION = 16;
/** A hole longer than this (1 s) is not worth hearing frame by frame. */
const LONGEST_HOLE = 8000;

/** Takes frames of 20 ms, gapless: what was lost or suppressed is zeros. */
export interface Listener {
  /**
   * @param at - position of the first sample
   * @param frame - 160 samples; used again for the next
   * @param hole - no packet has any of it
   */
  hear(at: LegSample, frame: Int16Array, hole: boolean): void;
  /** What came too late to be heard in its turn: zeros were heard in its place. */
  patch(at: LegSample, samples: Int16Array, count: number): void;
  /** What comes from here on lies `samples` later (negative: earlier) than what came before: the drift of the clocks. */
  shifted(samples: number): void;
  /** A long hole: the next frame will be somewhere else. */
  jumped(to: LegSample): void;
}

/** Turns packets as they arrive into frames for those who listen by machine. Reads before the jitter buffer: no delay. */
export class LegHearing {
  readonly #listener: Listener;
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  #filled = 0;
  /** Samples of the frame that came in packets. */
  #came = 0;
  /** Position behind what was heard. */
  #end: number | undefined;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  hear(packet: HeardPacket): void {
    const { samples } = packet;
    this.#end ??= packet.at;
    const drift = packet.at - this.#end;
    if (drift !== 0 && Math.abs(drift) <= CORRECTION) this.#listener.shifted(drift);
    if (packet.at > this.#end) this.#hole(packet.at);
    const skip = this.#end - packet.at;
    if (skip >= samples.length) return this.#listener.patch(packet.at, samples, samples.length);
    this.#push(samples, skip, samples.length - skip);
  }

  /** Time passes, whether packets come or not. */
  tick(now: LegSample): void {
    if (this.#end !== undefined && now - this.#end > PATIENCE) this.#hole(now - PATIENCE + FRAME_SAMPLES);
  }

  /** Nothing is heard for a while (hold): starts afresh with the next packet. */
  pause(): void {
    this.#end = undefined;
    this.#filled = 0;
    this.#came = 0;
  }

  #hole(to: number): void {
    const end = this.#end ?? to;
    if (to - end > LONGEST_HOLE) {
      this.#filled = 0;
      this.#came = 0;
      this.#end = to;
      this.#listener.jumped(legSample(to));
      return;
    }
    this.#push(undefined, 0, to - end);
  }

  /** @param samples - undefined: zeros that no packet has */
  #push(samples: Int16Array | undefined, from: number, count: number): void {
    for (let done = 0; done < count; ) {
      const some = Math.min(FRAME_SAMPLES - this.#filled, count - done);
      if (samples === undefined) this.#frame.fill(0, this.#filled, this.#filled + some);
      else if (some === samples.length) this.#frame.set(samples, this.#filled);
      else for (let n = 0; n < some; n++) this.#frame[this.#filled + n] = samples[from + done + n] as number;
      if (samples !== undefined) this.#came += some;
      this.#filled += some;
      this.#end = (this.#end ?? 0) + some;
      done += some;
      if (this.#filled === FRAME_SAMPLES) this.#whole();
    }
  }

  #whole(): void {
    const hole = this.#came === 0;
    this.#filled = 0;
    this.#came = 0;
    this.#listener.hear(legSample((this.#end ?? 0) - FRAME_SAMPLES), this.#frame, hole);
  }
}
