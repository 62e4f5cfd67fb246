import { type Milliseconds, ms } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';

const TICK = ms(10);
/** 41 s to a round, so that every timer of RFC 3261 fits into one. */
const SLOTS = 4096;

interface Entry {
  readonly due: number;
  readonly run: () => void;
}

/**
 * Many timers on one of the system's, which runs only while something is pending. A timer fires at the first tick of
 * 10 ms at or after its time. Starting and stopping take constant time: a call needs a dozen, most of them stopped.
 */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #origin: number;
  readonly #slots: (Set<Entry> | undefined)[] = Array.from({ length: SLOTS });
  #tick = 0;
  #pending = 0;
  #closed = false;
  #stopClock: CancelTimer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#origin = clock.now();
  }

  get pending(): number {
    return this.#pending;
  }

  after(delay: Milliseconds, run: () => void): CancelTimer {
    if (this.#closed) return () => undefined;
    const now = this.#elapsed();
    if (this.#stopClock === undefined) {
      this.#tick = Math.floor(now / TICK);
      this.#wake();
    }
    const due = Math.max(this.#tick + 1, Math.ceil((now + delay) / TICK));
    const entry: Entry = { due, run };
    const slot = (this.#slots[due % SLOTS] ??= new Set());
    slot.add(entry);
    this.#pending++;
    return () => {
      if (slot.delete(entry)) this.#pending--;
    };
  }

  /** Forgets every timer, and from now on takes none. */
  close(): void {
    this.#closed = true;
    for (const slot of this.#slots) slot?.clear();
    this.#pending = 0;
    this.#sleep();
  }

  #elapsed(): number {
    return this.#clock.now() - this.#origin;
  }

  #wake(): void {
    const sinceTick = this.#elapsed() % TICK;
    // whole milliseconds: the system would round down, and wake before the tick
    this.#stopClock = this.#clock.after(ms(Math.ceil(TICK - sinceTick)), () => this.#advance());
  }

  #advance(): void {
    this.#stopClock = undefined;
    const target = Math.floor(this.#elapsed() / TICK);
    // After a stall of more than a round one visit to each slot finds everything that is due.
    const first = Math.max(this.#tick + 1, target - SLOTS + 1);
    const due: Entry[] = [];
    for (let tick = first; tick <= target; tick++)
      for (const entry of this.#slots[tick % SLOTS] ?? []) if (entry.due <= target) due.push(entry);
    this.#tick = Math.max(this.#tick, target);
    if (this.#pending > 0) this.#wake();
    for (const entry of due) {
      // A timer stopped by one that fired before it in this round stays silent.
      if (this.#slots[entry.due % SLOTS]?.delete(entry) !== true) continue;
      this.#pending--;
      entry.run();
    }
    if (this.#pending === 0) this.#sleep();
  }

  #sleep(): void {
    this.#stopClock?.();
    this.#stopClock = undefined;
  }
}
