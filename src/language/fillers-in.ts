import * as english from './en/spoken-fillers.ts';
import { primaryLanguage } from './primary-language.ts';
import * as chinese from './zh/spoken-fillers.ts';

/** In front of what is said instead of what was understood, in a language (BCP 47). */
export const correctionsIn = (language: string): readonly string[] =>
  primaryLanguage(language) === 'zh' ? chinese.CORRECTIONS : english.CORRECTIONS;
