/** Writes bits, the most significant first, into a buffer that is given; it is never written beyond its end. */
export class BitWriter {
  readonly bytes: Uint8Array;
  /** Whole bytes written. */
  length = 0;
  #word = 0;
  #bits = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** @param count - at most 24 bits: the low ones of `value` */
  put(value: number, count: number): void {
    this.#word = (this.#word << count) | (value & ((1 << count) - 1));
    this.#bits += count;
    while (this.#bits >= 8) {
      this.#bits -= 8;
      this.bytes[this.length++] = this.#word >>> this.#bits;
    }
  }

  /** So many zeros and a one. */
  unary(zeros: number): void {
    let left = zeros;
    for (; left >= 16; left -= 16) this.put(0, 16);
    this.put(1, left + 1);
  }

  align(): void {
    if (this.#bits > 0) this.put(0, 8 - this.#bits);
  }
}
