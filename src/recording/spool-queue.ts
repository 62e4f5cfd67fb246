interface Queued {
  readonly bytes: Buffer;
  readonly since: number;
}

/** Records on their way to the disk, in order. One leaves when it is known to be durable; a part of them is written already. */
export class SpoolQueue {
  #records: Queued[] = [];
  /** Of all that wait. */
  bytes = 0;
  /** From the head, what the present segment holds. */
  written = 0;

  get empty(): boolean {
    return this.#records.length === 0;
  }

  /** When the oldest came; undefined when none waits. */
  get oldest(): number | undefined {
    return this.#records[0]?.since;
  }

  /** At least one whole record is written. */
  get wholeWritten(): boolean {
    return this.written >= (this.#records[0]?.bytes.length ?? Infinity);
  }

  push(bytes: Buffer, since: number): void {
    this.#records.push({ bytes, since });
    this.bytes += bytes.length;
  }

  unwritten(): Buffer[] {
    const buffers: Buffer[] = [];
    let skip = this.written;
    for (const { bytes } of this.#records) {
      if (skip < bytes.length) buffers.push(skip === 0 ? bytes : bytes.subarray(skip));
      skip = Math.max(0, skip - bytes.length);
    }
    return buffers;
  }

  /** The given number of bytes, from the first, are durable. A record of which only a part was written stays. @returns bytes that have left */
  release(durable: number): number {
    let whole = 0;
    let count = 0;
    for (const { bytes } of this.#records) {
      if (whole + bytes.length > durable) break;
      whole += bytes.length;
      count++;
    }
    this.#records = this.#records.slice(count);
    this.bytes -= whole;
    this.written -= whole;
    return whole;
  }
}
