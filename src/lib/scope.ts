import { asError } from '../domain/error.ts';
import { type Milliseconds, ms } from '../domain/units.ts';
import { within } from './deadline.ts';
import { sharedAborter } from './shared-aborter.ts';

export type Cleanup = () => unknown;

/** However late it is, each clean-up has so long: most of them take no time, and need those before them to have gone first. */
const LEAST = ms(1_000);

interface Deferred {
  readonly cleanup: Cleanup;
  /** Made where it was deferred; its stack, which costs something, is looked at when it hangs. Undefined: nothing limits it. */
  readonly from: Error | undefined;
}

const nameOf = (from: Error | undefined): string => {
  const place = /\b(?:src|test)\/(?!lib\/scope\.)[\w/.-]+\.ts:\d+/.exec(from?.stack ?? '')?.[0];
  return place === undefined ? 'a clean-up' : `the clean-up of ${place}`;
};

/**
 * A lifetime. Whatever is acquired is deferred into its scope; closing the scope releases it all, newest first, and
 * goes on when one clean-up fails. Closing twice is one closing. `signal` aborts when closing begins.
 */
export class Scope implements AsyncDisposable {
  readonly #cleanups = new Set<Deferred>();
  readonly #aborter = sharedAborter();
  readonly #onError: (error: Error) => void;
  readonly #limit: Milliseconds | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param onError - told of each clean-up that failed; by default the failures reject `close()` together
   * @param limit - for all clean-ups together: what hangs fails with DEADLINE_EXCEEDED, and the rest is cleaned up all the same. Undefined: as long as it takes
   */
  constructor(onError?: (error: Error) => void, limit?: Milliseconds) {
    this.#onError = onError ?? ((error) => this.#failures.push(error));
    this.#limit = limit;
  }

  readonly #failures: Error[] = [];

  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Registers a clean-up; returns a function that takes it back. On a closed scope it runs at once. */
  defer(cleanup: Cleanup): () => void {
    if (this.#closing !== undefined) {
      void this.#run({ cleanup, from: undefined });
      return () => undefined;
    }
    const entry: Deferred = { cleanup, from: this.#limit === undefined ? undefined : new Error('deferred') };
    this.#cleanups.add(entry);
    return () => this.#cleanups.delete(entry);
  }

  /** Owns a disposable: closed with the scope. */
  use<T extends AsyncDisposable | Disposable>(resource: T): T {
    this.defer(() => (Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose]() : resource[Symbol.dispose]()));
    return resource;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#closeAll());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #closeAll(): Promise<void> {
    this.#aborter.abort();
    const newestFirst = [...this.#cleanups].toReversed();
    this.#cleanups.clear();
    const until = this.#limit === undefined ? undefined : performance.now() + this.#limit;
    for (const deferred of newestFirst) await this.#run(deferred, until);
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'clean-up failed');
  }

  async #run({ cleanup, from }: Deferred, until?: number): Promise<void> {
    try {
      const done = cleanup();
      if (until === undefined || !(done instanceof Promise)) await done;
      else await within(done, ms(Math.max(LEAST, until - performance.now())), () => nameOf(from));
    } catch (thrown) {
      this.#onError(asError(thrown));
    }
  }
}
