import { DelaySearch } from './delay-search.ts';
import { LOUD } from './loud.ts';
import type { PlayedAudio } from './played-audio.ts';
import { searchInterval } from './search-interval.ts';
import type { StreamLead } from './stream-lead.ts';
import type { UncancelledLine } from './uncancelled-line.ts';
import { CLEAR, isSure } from './weigh-agreement.ts';

const FRAME = 160;
/** A lead that has changed by more than this (10 ms) may have taken the delay with it. */
const MOVED = 80;
/** A delay that was found twice is the same within 3 ms. */
const SAME_DELAY = 24;

export const isSameDelay = (one: number, other: number): boolean => Math.abs(one - other) <= SAME_DELAY;

interface Look {
  /** The delay that was found. */
  readonly delay: number;
  /** Where it is now if it has moved with the lead. */
  readonly other: number;
  /** Of the frame. */
  readonly end: number;
  readonly line: UncancelledLine;
  readonly played: PlayedAudio;
  readonly lead: StreamLead;
}

/** Looks whether a known delay has moved with the lead of its stream. Delays are samples. */
export class MovedDelay {
  readonly #search = new DelaySearch();
  #count = 0;
  #found = Number.NaN;

  forget(): void {
    this.#search.forget();
  }

  /** @returns the delay as it is now, once it is found surely or twice; undefined: nothing new is known */
  look({ delay, other, end, line, played, lead }: Look): number | undefined {
    if (Math.abs(other - delay) <= MOVED) {
      this.#count = 0;
      return undefined;
    }
    if (line.power < LOUD) return undefined;
    const count = ++this.#count;
    if (count === 1) this.#search.forget();
    if (count % searchInterval(count) !== 0) return undefined;
    const { settled } = lead;
    const reading = this.#search.add(line.samples, played, end - settled);
    const found = reading.delay + settled;
    const again = isSameDelay(found, this.#found);
    this.#found = found;
    const between = found > Math.min(delay, other) - FRAME && found < Math.max(delay, other) + FRAME;
    if (!between || !(isSure(reading.clarity) || (again && reading.clarity >= CLEAR))) return undefined;
    this.#count = 0;
    return found;
  }
}
