import { type Milliseconds, type MonotonicMs, ms } from '../domain/units.ts';

/** No call takes longer: what belongs to one is forgotten after this. */
export const LONGEST_CALL: Milliseconds = ms(2 * 3_600_000);

/** Values by key that are forgotten after a time, the oldest earlier when there are too many. */
export class Remembered<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly at: MonotonicMs }>();
  readonly #now: () => MonotonicMs;
  readonly #life: Milliseconds;
  readonly #most: number;

  constructor(now: () => MonotonicMs, life: Milliseconds, most = 10_000) {
    this.#now = now;
    this.#life = life;
    this.#most = most;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.#now() - entry.at < this.#life) return entry?.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, at: this.#now() });
    for (const [oldest, { at }] of this.#entries) {
      if (this.#entries.size <= this.#most && this.#now() - at < this.#life) break;
      this.#entries.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
