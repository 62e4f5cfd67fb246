const WHENCE_SET = 0;
const WHENCE_CURRENT = 1;

/** A file in memory that a WASI program writes: grows as needed, and may be rewritten in its middle (a WAV's header is). */
export class WasiFile {
  readonly #limit: number;
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  #position = 0;

  /** @param limit - bytes; writing beyond it is refused */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False: no room, nothing was written. */
  write(bytes: Uint8Array): boolean {
    const end = this.#position + bytes.length;
    if (end > this.#limit) return false;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#position);
    this.#position = end;
    this.#length = Math.max(this.#length, end);
    return true;
  }

  /** @returns the new position, or undefined when it would lie outside the file */
  seek(offset: number, whence: number): number | undefined {
    const base = whence === WHENCE_SET ? 0 : whence === WHENCE_CURRENT ? this.#position : this.#length;
    const position = base + offset;
    if (position < 0 || position > this.#limit) return undefined;
    this.#position = position;
    return position;
  }

  /** What was written; a view. */
  get contents(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
