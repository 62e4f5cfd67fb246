/* What a word looks like, for the tokenizer, the tagger and the lexicon. */

export const isAlphabetic = (text: string): boolean => /^\p{L}+$/u.test(text);
export const isLower = (text: string): boolean => text === text.toLowerCase();
export const isUpper = (text: string): boolean => text === text.toUpperCase();
export const capitalized = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();
export const isCapitalized = (word: string): boolean => word === capitalized(word);
export const escapeForRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
