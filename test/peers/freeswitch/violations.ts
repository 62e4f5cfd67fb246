/** What the product did that the real servers did not see or would have refused. Shared by all parts of the peer. */
export class Violations {
  #found: string[] = [];

  get found(): readonly string[] {
    return this.#found;
  }

  add(what: string): void {
    this.#found.push(what);
  }

  /** For something that the captures do not show: the peer does not invent an answer's meaning. */
  noCapture(what: string): void {
    this.add(`no capture: ${what}`);
  }

  /** Takes them out: a test that provokes one says so by this. */
  take(): readonly string[] {
    const taken = this.#found;
    this.#found = [];
    return taken;
  }
}
