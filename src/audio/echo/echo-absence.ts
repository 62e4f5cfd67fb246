/** Playback is loud above this: -35 dBFS. */
const LOUD_PLAYBACK = 583 * 583;
/** Frames of loud playback after which it is decided again: 10 s. */
const FRAMES = 500;
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

  forget(): void {
    this.#frames = 0;
    this.#cancelled = 0;
    this.#explained = 0;
  }

  /** @returns after every 10 s of loud playback what they have not shown; undefined: they have, or are not over */
  hear({ played, line, left, loud, explained }: EchoFrame): 'nothing-cancelled' | 'no-echo' | undefined {
    if (played < LOUD_PLAYBACK) return undefined;
    if (line > loud && left < CANCELLED * line) this.#cancelled++;
    if (line > loud && explained) this.#explained++;
    if (++this.#frames < FRAMES) return undefined;
    const cancelled = this.#cancelled;
    const known = this.#explained;
    this.forget();
    if (cancelled >= LEAST_CANCELLED) return undefined;
    return known >= LEAST_EXPLAINED ? 'nothing-cancelled' : 'no-echo';
  }
}
