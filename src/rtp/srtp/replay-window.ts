/** Packets behind the newest that may still come; RFC 3711 section 3.3.2 asks for 64 at least. */
const WINDOW = 256;
const WORD = 32;

/** Which packets of one stream have come, by their index (RFC 3711 section 3.3.2). */
export class ReplayWindow {
  readonly #seen = new Uint32Array(WINDOW / WORD);
  /** The newest; -1: none has come. */
  #newest = -1;

  get newest(): number {
    return this.#newest;
  }

  /** Whether it has not come before, as far as that is known. */
  isNew(index: number): boolean {
    if (index > this.#newest) return true;
    return this.#newest - index < WINDOW && (this.#word(index) & this.#bit(index)) === 0;
  }

  /** It has come, and is authentic. */
  note(index: number): void {
    if (index > this.#newest) {
      if (index - this.#newest >= WINDOW) this.#seen.fill(0);
      else for (let at = this.#newest + 1; at < index; at++) this.#clear(at);
      this.#newest = index;
    }
    const at = this.#at(index);
    this.#seen[at] = (this.#seen[at] ?? 0) | this.#bit(index);
  }

  #clear(index: number): void {
    const at = this.#at(index);
    this.#seen[at] = (this.#seen[at] ?? 0) & ~this.#bit(index);
  }

  #word(index: number): number {
    return this.#seen[this.#at(index)] ?? 0;
  }

  #at(index: number): number {
    return Math.floor((index % WINDOW) / WORD);
  }

  #bit(index: number): number {
    return (1 << (index % WORD)) >>> 0;
  }
}
