import { FRAME_MS, ms, type MonotonicMs } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import { LatenessHistogram } from './lateness-histogram.ts';

const SLOTS = 4;
const SLOT_MS = FRAME_MS / SLOTS;
/** Timers have whole milliseconds: a tick this close to its deadline runs now rather than a millisecond late. */
const EARLY_MS = 0.5;

export interface Ticker {
  /**
   * One packet's time.
   *
   * @param due - when this packet should leave, by the clock's time
   * @param missed - packets before it that are given up, because the thread was held for too long
   */
  tick(due: MonotonicMs, missed: number): void;
}

interface Slot {
  readonly tickers: Set<Ticker>;
  due: MonotonicMs;
}

/**
 * The grid that packets leave on: every ticker once in 20 ms, by absolute deadlines, so that nothing drifts. Tickers are
 * spread over four slots, 5 ms apart. After a stall one round is caught up, the rest is skipped. Does nothing when empty.
 *
 * A thread that is nothing but this may sleep from slot to slot: what its sockets receive in 5 ms is then read together, and
 * packets leave most of a millisecond earlier than by timers, which have whole milliseconds.
 */
export class PlayoutClock {
  readonly lateness = new LatenessHistogram();
  readonly #clock: Clock;
  readonly #afterSlot: () => void;
  readonly #origin: number;
  readonly #slots: readonly Slot[];
  readonly #sleep: ((forMs: number) => void) | undefined;
  #timer: CancelTimer | undefined;

  /**
   * @param afterSlot - called after the tickers of a slot have run: the place to send what they gathered
   * @param sleep - blocks the thread for so many milliseconds at most; undefined: timers wake it
   */
  constructor(clock: Clock, afterSlot: () => void, sleep?: (forMs: number) => void) {
    this.#clock = clock;
    this.#afterSlot = afterSlot;
    this.#sleep = sleep;
    this.#origin = clock.now();
    this.#slots = Array.from({ length: SLOTS }, () => ({ tickers: new Set<Ticker>(), due: ms(0) }));
  }

  /** Returns the function that leaves again. */
  join(ticker: Ticker): () => void {
    let index = 0;
    for (let i = 1; i < SLOTS; i++) if (this.#load(i) < this.#load(index)) index = i;
    const slot = this.#slots[index];
    if (slot === undefined) return () => undefined;
    if (slot.tickers.size === 0) slot.due = this.#nextDeadline(index);
    slot.tickers.add(ticker);
    this.#arm();
    return () => {
      slot.tickers.delete(ticker);
      if (this.#slots.every(({ tickers }) => tickers.size === 0)) this.#disarm();
    };
  }

  #load(index: number): number {
    return this.#slots[index]?.tickers.size ?? 0;
  }

  #nextDeadline(index: number): MonotonicMs {
    const first = this.#origin + index * SLOT_MS;
    return ms(first + Math.ceil((this.#clock.now() - first) / FRAME_MS) * FRAME_MS);
  }

  #due(): number {
    let due = Infinity;
    for (const slot of this.#slots) if (slot.tickers.size > 0 && slot.due < due) due = slot.due;
    return due;
  }

  #arm(): void {
    this.#disarm();
    const due = this.#due();
    if (due === Infinity) return;
    if (this.#sleep !== undefined) {
      const immediate = setImmediate(this.#rest);
      this.#timer = () => clearImmediate(immediate);
      return;
    }
    this.#timer = this.#clock.after(ms(Math.max(0, Math.floor(due - this.#clock.now() + EARLY_MS))), this.#run);
  }

  #disarm(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  /** Sleeps until a slot is due. Sockets and ports are read before, or when something has woken it. */
  readonly #rest = (): void => {
    this.#timer = undefined;
    const early = this.#due() - this.#clock.now();
    if (early > 0) this.#sleep?.(Math.min(early, SLOT_MS));
    if (this.#due() > this.#clock.now()) this.#arm();
    else this.#run();
  };

  readonly #run = (): void => {
    this.#timer = undefined;
    for (const slot of this.#slots) {
      for (let rounds = 0; rounds < 2 && slot.tickers.size > 0; rounds++) {
        const late = this.#clock.now() - slot.due;
        if (late < -EARLY_MS) break;
        const missed = Math.max(0, Math.floor(late / FRAME_MS) - 1);
        const due = ms(slot.due + missed * FRAME_MS);
        slot.due = ms(due + FRAME_MS);
        for (const ticker of slot.tickers) {
          this.lateness.add(this.#clock.now() - due);
          ticker.tick(due, missed);
        }
        this.#afterSlot();
      }
    }
    if (this.#timer === undefined) this.#arm();
  };
}
