import { malformedFlac } from './flac-stream.ts';

/** Reads bits, the most significant first. @throws IvrError AUDIO_MALFORMED at the end of the bytes */
export class BitReader {
  readonly #bytes: Uint8Array;
  #byte: number;
  #bit = 0;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#byte = from;
  }

  /** The next whole byte. */
  get position(): number {
    return this.#bit === 0 ? this.#byte : this.#byte + 1;
  }

  /** @param count - at most 24 */
  take(count: number): number {
    if (this.#byte * 8 + this.#bit + count > this.#bytes.length * 8) throw malformedFlac('more bits');
    const bytes = this.#bytes;
    const at = this.#byte;
    const word =
      ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    const value = count === 0 ? 0 : (word << this.#bit) >>> (32 - count);
    this.#bit += count;
    this.#byte += this.#bit >> 3;
    this.#bit &= 7;
    return value;
  }

  /** A number in two's complement. */
  signed(count: number): number {
    return (this.take(count) << (32 - count)) >> (32 - count);
  }

  /** How many zeros stand before the next one. */
  unary(): number {
    let zeros = 0;
    for (;;) {
      const byte = ((this.#bytes[this.#byte] ?? 0) << this.#bit) & 0xff;
      if (byte !== 0) {
        const here = Math.clz32(byte) - 24;
        this.take(here + 1);
        return zeros + here;
      }
      zeros += 8 - this.#bit;
      this.take(8 - this.#bit);
    }
  }

  align(): void {
    if (this.#bit > 0) this.take(8 - this.#bit);
  }
}
