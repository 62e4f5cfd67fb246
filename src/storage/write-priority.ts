import { setTimeout as delay } from 'node:timers/promises';

/** Longer than a transaction of calls takes: whoever gives way comes to its turn under any load. */
const GIVES_WAY_MS = 250;
/** SQLite looks so often, and less often later, whether the database is free. */
const LOOKS_EVERY_MS = 2;

/**
 * Which thread of a process writes to its SQLite database first. SQLite knows no order: a thread that writes one transaction after another
 * keeps out one that looks only now and then whether the database is free.
 */
export class WritePriority {
  readonly shared: SharedArrayBuffer;
  readonly #writing: Int32Array;

  /** @param shared - of the thread that has the database; absent: this one has it */
  constructor(shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#writing = new Int32Array(shared);
  }

  /** Somebody waits for this: no other thread begins to write meanwhile. */
  async first<T>(write: () => Promise<T>): Promise<T> {
    Atomics.add(this.#writing, 0, 1);
    try {
      return await write();
    } finally {
      Atomics.sub(this.#writing, 0, 1);
    }
  }

  /** Before a transaction that can wait: resolves when nobody writes first, or after a quarter of a second. */
  async giveWay(): Promise<void> {
    const until = performance.now() + GIVES_WAY_MS;
    while (Atomics.load(this.#writing, 0) > 0 && performance.now() < until) await delay(LOOKS_EVERY_MS);
  }
}
