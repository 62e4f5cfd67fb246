import { englishGrammarWords } from './en/grammar-words.ts';
import type { SpokenLanguage } from './spoken-language.ts';
import { chineseGrammarWords } from './zh/grammar-words.ts';

/**
 * Free text as a grammar would spell it: lower-case words without punctuation, numerals in words. Long numerals are read
 * digit by digit unless they are amounts ('$1,250', '1,250 dollars').
 */
export const grammarWords = (text: string, language: SpokenLanguage = 'en'): string[] =>
  language === 'zh' ? chineseGrammarWords(text) : englishGrammarWords(text);
