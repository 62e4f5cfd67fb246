import { comparableEnglish } from './en/comparable-words.ts';
import { grammarWords } from './grammar-words.ts';
import type { SpokenLanguage } from './spoken-language.ts';

/*
 * Two transcripts of the same words may be written in two ways: "I'd like $250" and "I would like two hundred and fifty
 * dollars". For counting errors both are brought into one: contractions in full, numbers as single digits.
 */

/** English: words, with each digit of a number for itself. Mandarin: characters. */
export const comparableWords = (text: string, language: SpokenLanguage): string[] =>
  language === 'zh' ? Array.from(grammarWords(text, 'zh').join('')) : comparableEnglish(grammarWords(text));
