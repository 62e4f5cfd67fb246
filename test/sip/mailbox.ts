import { ms } from '../../src/domain/units.ts';
import { within } from '../../src/lib/deadline.ts';

/** What arrived, in order; waiting for the next takes 3 s at most. */
export class Mailbox<T> {
  readonly #items: T[] = [];
  #wake: (() => void) | undefined;

  put(item: T): void {
    this.#items.push(item);
    this.#wake?.();
  }

  get waiting(): readonly T[] {
    return this.#items;
  }

  /** The first that matches, taken out; others stay. */
  async next(matches: (item: T) => boolean = () => true, what = 'the next message'): Promise<T> {
    return within(this.#find(matches), ms(3_000), what);
  }

  async #find(matches: (item: T) => boolean): Promise<T> {
    for (;;) {
      const at = this.#items.findIndex(matches);
      const [found] = at < 0 ? [] : this.#items.splice(at, 1);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
