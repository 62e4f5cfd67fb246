import { type Milliseconds, ms } from '../domain/units.ts';
import type { CancelTimer, Clock } from './clock.ts';

/** After the first failure, the second…: what is away is asked again, ever less often; after the last, at its interval. */
const DELAYS_MS = [1_000, 5_000, 30_000, 120_000, 600_000];

export interface Failure {
  /** Of what went wrong last. */
  readonly code: string;
  /** How often it has failed. */
  readonly tries: number;
}

/** Work that failed and is tried again by itself, each by its key. */
export class Retries<K> implements Disposable {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #failing = new Map<K, Failure & { readonly cancel: CancelTimer }>();
  #closed = false;

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#failing.size;
  }

  get failures(): ReadonlyMap<K, Failure> {
    return this.#failing;
  }

  has(key: K): boolean {
    return this.#failing.has(key);
  }

  triesOf(key: K): number {
    return this.#failing.get(key)?.tries ?? 0;
  }

  /**
   * It failed (again): `again` is called in a while.
   *
   * @param most - after so many failures it is left; it stays among those that fail
   * @returns how often it has failed, and when it is tried again; undefined: no more
   */
  failed(
    key: K,
    code: string,
    again: () => void,
    most = Infinity,
  ): { readonly tries: number; readonly againIn: Milliseconds | undefined } {
    const before = this.#failing.get(key);
    before?.cancel();
    const tries = (before?.tries ?? 0) + 1;
    const againIn =
      this.#closed || tries >= most ? undefined : ms(DELAYS_MS[Math.min(tries, DELAYS_MS.length) - 1] ?? 0);
    const cancel = againIn === undefined ? () => undefined : this.#clock.after(againIn, again);
    this.#failing.set(key, { code, tries, cancel });
    return { tries, againIn };
  }

  /** It succeeded. */
  done(key: K): void {
    this.#failing.get(key)?.cancel();
    this.#failing.delete(key);
  }

  /** Nothing is tried any more. */
  [Symbol.dispose](): void {
    this.#closed = true;
    for (const { cancel } of this.#failing.values()) cancel();
  }
}
