import { IvrError } from '../../domain/error.ts';

/** So many at a time; the rest wait in order. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  readonly #emptied: (() => void)[] = [];
  readonly #total: number;
  #taken = 0;

  constructor(total: number) {
    this.#total = total;
  }

  /**
   * @returns a function that gives the slot back; further calls of it do nothing
   * @throws IvrError CANCELLED when `signal` aborts before a slot is free
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw cancelled();
    if (this.#taken >= this.#total) await this.#wait(signal);
    else this.#taken++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#waiting.shift();
      if (next !== undefined)
        next(); // the slot goes on to the next, still taken
      else if (--this.#taken === 0) for (const resolve of this.#emptied.splice(0)) resolve();
    };
  }

  /** Resolves when nobody holds a slot. */
  empty(): Promise<void> {
    if (this.#taken === 0) return Promise.resolve();
    return new Promise((resolve) => this.#emptied.push(resolve));
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(cancelled());
      };
      this.#waiting.push(go);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

const cancelled = (): IvrError => new IvrError('CANCELLED', 'the wait for a free slot was cancelled');
