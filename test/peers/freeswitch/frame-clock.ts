const TICK_MS = 20;
/** Rounds that are caught up with at once; more are skipped. */
const ROUNDS_AT_MOST = 25;

/** 20 ms by absolute deadlines, while there is somebody to work for. */
export class FrameClock {
  readonly #wanted: () => boolean;
  readonly #round: () => void;
  readonly #after: () => void;
  #timer: NodeJS.Timeout | undefined;
  #next = 0;

  /** @param after - once, whatever the number of rounds that were due */
  constructor(wanted: () => boolean, round: () => void, after: () => void) {
    this.#wanted = wanted;
    this.#round = round;
    this.#after = after;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#next = performance.now() + TICK_MS;
    this.#timer = setTimeout(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const due = Math.max(1, Math.floor((performance.now() - this.#next) / TICK_MS) + 1);
    for (let round = 0; round < Math.min(due, ROUNDS_AT_MOST); round++) this.#round();
    this.#after();
    this.#next += due * TICK_MS;
    this.#timer = this.#wanted()
      ? setTimeout(() => this.#tick(), Math.max(1, this.#next - performance.now()))
      : undefined;
  }
}
