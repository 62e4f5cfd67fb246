import { ENGLISH } from './en/standard-phrases.ts';
import { primaryLanguage } from './primary-language.ts';
import type { StandardPhrases } from './standard-phrases.ts';
import { CHINESE } from './zh/standard-phrases.ts';

/** In a language (BCP 47), or in English where there are none. */
export const phrasesIn = (language: string): StandardPhrases =>
  primaryLanguage(language) === 'zh' ? CHINESE : ENGLISH;
