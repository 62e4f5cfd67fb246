import { ENGLISH_VALUES } from './en/heard-values.ts';
import { ENGLISH_VALUE_GRAMMARS } from './en/value-grammars.ts';
import type { HeardValues, ValueGrammars } from './heard-values.ts';
import { primaryLanguage } from './primary-language.ts';
import { CHINESE_VALUES } from './zh/heard-values.ts';
import { CHINESE_VALUE_GRAMMARS } from './zh/value-grammars.ts';

/** What is said for values in a language, and what it means. */
export interface HeardLanguage {
  readonly values: HeardValues;
  readonly grammars: ValueGrammars;
}

const LANGUAGES: ReadonlyMap<string, HeardLanguage> = new Map([
  ['en', { values: ENGLISH_VALUES, grammars: ENGLISH_VALUE_GRAMMARS }],
  ['zh', { values: CHINESE_VALUES, grammars: CHINESE_VALUE_GRAMMARS }],
]);

/** By ISO 639-1. */
export const HEARD_LANGUAGES: readonly string[] = [...LANGUAGES.keys()];

/** @param language - BCP 47; undefined: values are not known in it */
export const heardLanguage = (language: string): HeardLanguage | undefined => LANGUAGES.get(primaryLanguage(language));
