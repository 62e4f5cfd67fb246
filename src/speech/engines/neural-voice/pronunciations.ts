import { capitalized, isCapitalized, isLower } from './word-shapes.ts';

/** Phonemes; or by part of speech, where a word has several ('record'), with 'DEFAULT' for all others. */
export type Pronunciation = string | Readonly<Record<string, string | null>>;

/** A dictionary of pronunciations: a word is found in lower case or with a capital, whichever it is written with. */
export class Pronunciations {
  /** As it was parsed: a map of 180,000 words takes longer to build than to read. */
  readonly #words: Readonly<Record<string, Pronunciation>>;

  constructor(words: Readonly<Record<string, Pronunciation>>) {
    this.#words = words;
  }

  get(word: string): Pronunciation | undefined {
    const exact = this.#own(word);
    if (exact !== undefined || word.length < 2) return exact;
    if (isLower(word)) return this.#own(capitalized(word));
    return isCapitalized(word) ? this.#own(word.toLowerCase()) : undefined;
  }

  #own(word: string): Pronunciation | undefined {
    return Object.hasOwn(this.#words, word) ? this.#words[word] : undefined;
  }

  has(word: string): boolean {
    return this.get(word) !== undefined;
  }
}
