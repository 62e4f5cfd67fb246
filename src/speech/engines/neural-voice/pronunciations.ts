import { capitalized, isCapitalized, isLower } from './word-shapes.ts';

/** Phonemes; or by part of speech, where a word has several ('record'), with 'DEFAULT' for all others. */
export type Pronunciation = string | Readonly<Record<string, string | null>>;

/** What is looked up in a model's file, or in a map. */
export interface Table<T> {
  get(key: string): T | undefined;
}

/** A dictionary of pronunciations: a word is found in lower case or with a capital, whichever it is written with. */
export class Pronunciations {
  readonly #words: Table<Pronunciation>;

  constructor(words: Table<Pronunciation>) {
    this.#words = words;
  }

  get(word: string): Pronunciation | undefined {
    const exact = this.#words.get(word);
    if (exact !== undefined || word.length < 2) return exact;
    if (isLower(word)) return this.#words.get(capitalized(word));
    return isCapitalized(word) ? this.#words.get(word.toLowerCase()) : undefined;
  }

  has(word: string): boolean {
    return this.get(word) !== undefined;
  }
}
