import { asError } from '../domain/error.ts';
import { sharedAborter } from './shared-aborter.ts';

export type Cleanup = () => unknown;

/**
 * A lifetime. Whatever is acquired is deferred into its scope; closing the scope releases it all, newest first, and
 * goes on when one clean-up fails. Closing twice is one closing. `signal` aborts when closing begins.
 */
export class Scope implements AsyncDisposable {
  readonly #cleanups = new Set<Cleanup>();
  readonly #aborter = sharedAborter();
  readonly #onError: (error: Error) => void;
  #closing: Promise<void> | undefined;

  /** @param onError - told of each clean-up that failed; by default the failures reject `close()` together */
  constructor(onError?: (error: Error) => void) {
    this.#onError = onError ?? ((error) => this.#failures.push(error));
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
      void this.#run(cleanup);
      return () => undefined;
    }
    const entry: Cleanup = () => cleanup();
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
    for (const cleanup of newestFirst) await this.#run(cleanup);
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'clean-up failed');
  }

  async #run(cleanup: Cleanup): Promise<void> {
    try {
      await cleanup();
    } catch (thrown) {
      this.#onError(asError(thrown));
    }
  }
}
