import type { Milliseconds } from '../../domain/units.ts';
import type { CancelTimer } from '../../lib/clock.ts';
import type { TimerWheel } from './timer-wheel.ts';
import type { TimerName } from './timers.ts';

/** The timers of one transaction, by name: three at once at most, so a list is smaller than a map. */
export class TransactionTimers {
  readonly #wheel: TimerWheel;
  readonly #fire: (timer: TimerName) => void;
  #running: { readonly timer: TimerName; readonly cancel: CancelTimer }[] = [];

  constructor(wheel: TimerWheel, fire: (timer: TimerName) => void) {
    this.#wheel = wheel;
    this.#fire = fire;
  }

  /** Starts it anew when it is running. */
  start(timer: TimerName, after: Milliseconds): void {
    this.stop(timer);
    const cancel = this.#wheel.after(after, () => {
      this.#forget(timer);
      this.#fire(timer);
    });
    this.#running.push({ timer, cancel });
  }

  stop(timer: TimerName): void {
    this.#running.find((running) => running.timer === timer)?.cancel();
    this.#forget(timer);
  }

  stopAll(): void {
    for (const { cancel } of this.#running) cancel();
    this.#running = [];
  }

  #forget(timer: TimerName): void {
    if (this.#running.length > 0) this.#running = this.#running.filter((running) => running.timer !== timer);
  }
}
