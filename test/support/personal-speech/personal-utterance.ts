/** What a caller says of himself or herself, made up: a sentence around something personal. */
export interface PersonalUtterance {
  readonly kind: PersonalKind;
  readonly text: string;
  /** The same without what is personal: all that may be shown. */
  readonly plain: string;
}

export const PERSONAL_KINDS = ['name', 'address', 'number', 'birth-date'] as const;
export type PersonalKind = (typeof PERSONAL_KINDS)[number];

/**
 * Vocabulary is dealt to two sides, sentences with it: rules are made and mended by looking at `tuning`, figures come from `held-out`.
 */
export type Side = 'tuning' | 'held-out';

/** Draws, the same for the same seed. */
export interface Draw {
  /** 0…below-1 */
  number(below: number): number;
  of<T>(items: readonly T[]): T;
}

export function drawFrom(seed: number): Draw {
  let state = seed >>> 0 || 1;
  const number = (below: number): number => {
    // xorshift32 (Marsaglia)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  return {
    number,
    of(items) {
      const drawn = items[number(items.length)];
      if (drawn === undefined) throw new RangeError('nothing to draw from');
      return drawn;
    },
  };
}

/** Every other item: no item of one side is on the other. */
export const sideOf = <T>(items: readonly T[], side: Side): readonly T[] =>
  items.filter((_, at) => (at % 2 === 0) === (side === 'tuning'));

/** @param template - a sentence with `@` where the personal part stands */
export function utteranceOf(kind: PersonalKind, template: string, personal: string): PersonalUtterance {
  // an article tells nothing
  const article = personal.startsWith('the ') ? 'the ' : ' ';
  return { kind, text: template.replace('@', () => personal), plain: template.replace('@', article) };
}

/** Without labels and signs: what is left to be read. */
const shownLetters = (shown: string): string[] =>
  Array.from(shown.replaceAll(/\[[a-z]+\]/g, '').replaceAll(/[^\p{L}\p{N}]/gu, '')).map((letter) =>
    letter.toLowerCase(),
  );

/** How much of what is not personal stays, and whether anything of the personal part does. */
export function judge({ plain }: PersonalUtterance, shown: string): { readonly leaks: boolean; readonly kept: number } {
  const allowed = shownLetters(plain);
  const letters = shownLetters(shown);
  let at = 0;
  for (const letter of letters) {
    while (at < allowed.length && allowed[at] !== letter) at++;
    if (at === allowed.length) return { leaks: true, kept: 1 };
    at++;
  }
  return { leaks: false, kept: allowed.length === 0 ? 1 : letters.length / allowed.length };
}
