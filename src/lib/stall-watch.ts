import { type Milliseconds, type MonotonicMs, ms } from '../domain/units.ts';
import type { CancelTimer, Clock } from './clock.ts';
import type { ProcessTime } from './process-time.ts';

export interface StallWatchOptions {
  /** What a process may use of the machine's time without a sign of life. */
  readonly limit: Milliseconds;
  readonly clock: Clock;
  readonly processTime: () => ProcessTime | undefined;
  /** Once. */
  readonly onStall: () => void;
}

const LOOKS = 4;

/**
 * Tells when a process that has work hangs. A machine that is short of cores makes every step long, which is not a reason to kill
 * anybody: while the process wants to run it is charged for the time that it ran, and for the time by the clock only while
 * it waits for something else (or where the kernel does not tell). Who watches may be held up, too, with signs of life that it
 * has not read yet: of the clock's time a look charges no more than was to pass until it. A sign of life clears the account.
 */
export class StallWatch {
  readonly #options: StallWatchOptions;
  readonly #every: Milliseconds;
  #stop: CancelTimer | undefined;
  #signed = true;
  #charged = 0;
  #looked: { readonly at: MonotonicMs; readonly time: ProcessTime | undefined } | undefined;

  constructor(options: StallWatchOptions) {
    this.#options = options;
    this.#every = ms(Math.max(1, options.limit / LOOKS));
  }

  /** There is work from now on. Idempotent. */
  begin(): void {
    if (this.#stop !== undefined) return;
    this.#signed = true;
    this.#stop = this.#options.clock.after(this.#every, () => this.#look());
  }

  sign(): void {
    this.#signed = true;
  }

  /** There is no more work, or no more process. */
  end(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#looked = undefined;
  }

  #look(): void {
    const at = this.#options.clock.now();
    const time = this.#options.processTime();
    const before = this.#looked;
    this.#looked = { at, time };
    if (this.#signed || before === undefined) {
      this.#signed = false;
      this.#charged = 0;
    } else {
      const ran = time === undefined || before.time === undefined ? undefined : time.ran - before.time.ran;
      const wants = time?.runnable === true || (ran ?? 0) > 0;
      this.#charged += wants && ran !== undefined ? ran : Math.min(at - before.at, this.#every);
    }
    if (this.#charged >= this.#options.limit) {
      this.end();
      this.#options.onStall();
    } else this.#stop = this.#options.clock.after(this.#every, () => this.#look());
  }
}
