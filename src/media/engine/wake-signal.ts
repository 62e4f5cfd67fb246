/**
 * Lets a thread sleep to the tenth of a millisecond, where timers have whole ones, and lets another thread wake it. Messages alone do
 * not: whoever posts one wakes the sleeper too. What comes meanwhile by sockets and other ports waits until it wakes.
 */
export class WakeSignal {
  /** For the other thread's end. */
  readonly memory: SharedArrayBuffer;
  readonly #count: Int32Array;
  #seen: number;

  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#count = new Int32Array(memory);
    this.#seen = Atomics.load(this.#count, 0);
  }

  wake(): void {
    Atomics.add(this.#count, 0, 1);
    Atomics.notify(this.#count, 0);
  }

  /** Blocks the thread. Returns at once when it was woken since the last sleep began to look. */
  sleep(forMs: number): void {
    Atomics.wait(this.#count, 0, this.#seen, forMs);
    this.#seen = Atomics.load(this.#count, 0);
  }
}
