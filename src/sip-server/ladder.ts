import type { LadderStep } from '../domain/sip-ladder.ts';

/** Of the beginning of a dialog, and of its end: what has no room between the two is counted. */
const FIRST = { steps: 40, characters: 48_000 } as const;
const LAST = { steps: 24, characters: 24_000 } as const;
/** Of one message. */
const MOST_CHARACTERS = 4_000;

type Step = Omit<LadderStep, 'repeated'>;
interface Kept {
  readonly step: Step;
  readonly characters: number;
  repeated: number;
}

const size = ({ start_line, headers, body }: Step): number =>
  [start_line, ...headers, ...body].reduce((sum, { length }) => sum + length, 0);

/** The messages of one Call-ID: the first ones and the last ones, each once however often it came. */
export class Ladder {
  readonly #first: Kept[] = [];
  readonly #last: Kept[] = [];
  /** By what is the same in retransmissions. */
  readonly #kept = new Map<string, Kept>();
  #firstIsFull = false;
  #firstCharacters = 0;
  #lastCharacters = 0;
  omitted = 0;

  get characters(): number {
    return this.#firstCharacters + this.#lastCharacters;
  }

  get steps(): readonly LadderStep[] {
    return [...this.#first, ...this.#last].map(({ step, repeated }) => ({ ...step, repeated }));
  }

  /** @returns whether such a message is there already: it has been counted */
  repeated(key: string): boolean {
    const known = this.#kept.get(key);
    if (known === undefined) return false;
    known.repeated += 1;
    return true;
  }

  add(key: string, whole: Step): void {
    const step = shortened(whole);
    const kept: Kept = { step, characters: size(step), repeated: 0 };
    this.#firstIsFull ||=
      this.#first.length >= FIRST.steps || this.#firstCharacters + kept.characters > FIRST.characters;
    this.#kept.set(key, kept);
    if (!this.#firstIsFull) {
      this.#first.push(kept);
      this.#firstCharacters += kept.characters;
      return;
    }
    this.#last.push(kept);
    this.#lastCharacters += kept.characters;
    while (this.#last.length > LAST.steps || this.#lastCharacters > LAST.characters) this.#omitOldest();
  }

  #omitOldest(): void {
    const oldest = this.#last.shift();
    if (oldest === undefined) return;
    this.#lastCharacters -= oldest.characters;
    this.omitted += 1;
    for (const [key, kept] of this.#kept) if (kept === oldest) this.#kept.delete(key);
  }
}

/** Whole lines, as many as have room. */
function shortened(step: Step): Step {
  let room = MOST_CHARACTERS - step.start_line.length;
  const fit = (lines: readonly string[]): readonly string[] => {
    const shown: string[] = [];
    for (const line of lines) {
      room -= line.length;
      if (room < 0) return [...shown, `[${lines.length - shown.length} more lines]`];
      shown.push(line);
    }
    return shown;
  };
  return { ...step, headers: fit(step.headers), body: fit(step.body) };
}
