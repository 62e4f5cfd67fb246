import * as english from './en/language-names.ts';
import { primaryLanguage } from './primary-language.ts';
import * as chinese from './zh/language-names.ts';

/**
 * How callers who speak a language ask for another one: "Chinese please", 说英文.
 *
 * @param spoken - BCP 47
 * @param wanted - BCP 47
 */
export const askingFor = (spoken: string, wanted: string): readonly string[] =>
  (primaryLanguage(spoken) === 'zh' ? chinese : english).ASKING_FOR[primaryLanguage(wanted)] ?? [];
