import { type Milliseconds, type SharedMs, sharedMs, type WallMs, wallMs } from '../domain/units.ts';
import type { CancelTimer, Clock } from './clock.ts';

/** A clock that is told: time passes when `advance` says so, timers run in order. For tests, and for trying dialplans. */
export class ManualClock implements Clock {
  #now = 0;
  #next = 0;
  readonly #timers = new Map<number, { readonly at: number; readonly run: () => void }>();

  now(): Milliseconds {
    return this.#now as Milliseconds;
  }

  wall(): WallMs {
    return wallMs(1_700_000_000_000 + this.#now);
  }

  shared(): SharedMs {
    return sharedMs(this.#now);
  }

  after(delay: Milliseconds, run: () => void): CancelTimer {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + Math.max(0, delay), run });
    return () => this.#timers.delete(id);
  }

  /** Of the timer that runs next, ms of `now`; undefined: none is set. */
  get next(): number | undefined {
    const all = [...this.#timers.values()].map(({ at }) => at);
    return all.length === 0 ? undefined : Math.min(...all);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** The machine stood still: what was due meanwhile runs late, with the next `advance`. */
  stall(by: number): void {
    this.#now += by;
  }

  advance(by: number): void {
    const until = this.#now + by;
    for (;;) {
      let due: [number, { readonly at: number; readonly run: () => void }] | undefined;
      for (const entry of this.#timers)
        if (entry[1].at <= until && (due === undefined || entry[1].at < due[1].at)) due = entry;
      if (due === undefined) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].run();
    }
    this.#now = until;
  }
}
