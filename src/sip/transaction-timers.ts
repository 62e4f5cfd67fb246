import type { Milliseconds } from '../domain/units.ts';
import type { CancelTimer } from '../lib/clock.ts';
import type { TimerWheel } from './timer-wheel.ts';
import type { TimerName } from './timers.ts';

/** The timers of one transaction, by name. */
export class TransactionTimers {
  readonly #wheel: TimerWheel;
  readonly #fire: (timer: TimerName) => void;
  readonly #running = new Map<TimerName, CancelTimer>();

  constructor(wheel: TimerWheel, fire: (timer: TimerName) => void) {
    this.#wheel = wheel;
    this.#fire = fire;
  }

  /** Starts it anew when it is running. */
  start(timer: TimerName, after: Milliseconds): void {
    this.stop(timer);
    const cancel = this.#wheel.after(after, () => {
      this.#running.delete(timer);
      this.#fire(timer);
    });
    this.#running.set(timer, cancel);
  }

  stop(timer: TimerName): void {
    this.#running.get(timer)?.();
    this.#running.delete(timer);
  }

  stopAll(): void {
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }
}
