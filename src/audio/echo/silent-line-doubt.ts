/** -44 dBFS: what is softer says little about where it comes from. */
const CLEARLY_LOUD = 207 * 207;
/** Clearly loud frames after which a sound is looked at (40 and 80 ms), and after the last of which no trace is enough. */
const LOOKS: ReadonlySet<number> = new Set([2, 4]);
const ENOUGH = 4;
/** Frames after which a sound that was not found to be playback is somebody in any case: 160 ms. */
const LONGEST = 8;
/** The delay search's clarity: chance gives 4 to 6. */
const NO_TRACE = 6.5;

/**
 * The beginning of a sound on a line that has sent nothing back so far. It is the caller's as a rule, but a far end may have begun
 * to send back what it hears: whose it is stays open for a moment, until the playback has been looked for in it.
 */
export class SilentLineDoubt {
  #doubts = false;
  #loud = 0;

  /** @param frames - of the sound that were heard before this one */
  hear(silentLine: boolean, frames: number, energy: number): void {
    if (frames === 0) {
      this.#doubts = silentLine;
      this.#loud = 0;
    }
    if (energy > CLEARLY_LOUD) this.#loud++;
  }

  get doubts(): boolean {
    return this.#doubts;
  }

  get looks(): boolean {
    return this.#doubts && LOOKS.has(this.#loud);
  }

  /** Whether the sound is somebody's, by what the last look has found. */
  clears(frames: number, clarity: number): boolean {
    return this.#doubts && (frames >= LONGEST || (this.#loud >= ENOUGH && clarity < NO_TRACE));
  }
}
