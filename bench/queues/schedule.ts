interface Due {
  readonly at: number;
  readonly run: () => void;
}

/** What happens next in fast time: a binary heap by time. */
export class Schedule {
  #now: number;
  readonly #heap: Due[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  in(delay: number, run: () => void): void {
    const heap = this.#heap;
    let n = heap.push({ at: this.#now + delay, run }) - 1;
    for (let up = (n - 1) >> 1; n > 0 && heap[up]!.at > heap[n]!.at; n = up, up = (n - 1) >> 1)
      [heap[up], heap[n]] = [heap[n]!, heap[up]!];
  }

  /** Until nothing is to come. @param onTime - told before each */
  run(onTime: (at: number) => void): void {
    for (let due = this.#next(); due !== undefined; due = this.#next()) {
      this.#now = due.at;
      onTime(due.at);
      due.run();
    }
  }

  #next(): Due | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let n = 0; ; ) {
      let least = n;
      for (const down of [2 * n + 1, 2 * n + 2])
        if (down < heap.length && heap[down]!.at < heap[least]!.at) least = down;
      if (least === n) return first;
      [heap[n], heap[least]] = [heap[least]!, heap[n]!];
      n = least;
    }
  }
}
