/** Playback is loud above this: -35 dBFS. */
const LOUD_PLAYBACK = 583 * 583;
/** Frames of loud playback after which it is decided again: 10 s. */
const FRAMES = 500;
/** After the first 3 s a canceller that has not cancelled anything yet is not waited for: it costs more than all else of a call. */
const FIRST_FRAMES = 150;
/** A canceller that works halves the echo (3 dB) in at least this many of them (real lines: 95 and more; chance: none). */
const LEAST_CANCELLED = 50;
const CANCELLED = 0.5;
/** On a line with echo it explains at least this many. */
const LEAST_EXPLAINED = 25;

export interface EchoFrame {
  /** Powers, mean squares of 20 ms: of the playback, of the line, and of what the canceller has left of that. */
  readonly played: number;
  readonly line: number;
  readonly left: number;
  /** The line's power above which there is anything to hear. */
  readonly loud: number;
  /** Playback explains the frame's level. */
  readonly explained: boolean;
}

/**
 * Watches a line on which echo was found: two voices agree by chance now and then, and far ends mute themselves.
 * A canceller that cancels nothing is not worth its cost; where levels do not show an echo either, there is none.
 */
export class EchoAbsence {
  #frames = 0;
  #cancelled = 0;
  #explained = 0;
  #first = true;

  forget(): void {
    this.#first = true;
    this.#begin();
  }

  /** @returns after the first 3 s and then every 10 s of loud playback what they have not shown; undefined: they have, or are not over */
  hear({ played, line, left, loud, explained }: EchoFrame): 'nothing-cancelled' | 'no-echo' | undefined {
    if (played < LOUD_PLAYBACK) return undefined;
    if (line > loud && left < CANCELLED * line) this.#cancelled++;
    if (line > loud && explained) this.#explained++;
    this.#frames++;
    const first = this.#first && this.#frames === FIRST_FRAMES;
    if (first) this.#first = false;
    if (first ? this.#cancelled > 0 : this.#frames < FRAMES) return undefined;
    const share = this.#frames / FRAMES;
    const cancels = this.#cancelled >= LEAST_CANCELLED * share;
    const explains = this.#explained >= LEAST_EXPLAINED * share;
    this.#begin();
    if (cancels) return undefined;
    return explains ? 'nothing-cancelled' : 'no-echo';
  }

  #begin(): void {
    this.#frames = 0;
    this.#cancelled = 0;
    this.#explained = 0;
  }
}
