import { ASKED_IN_ENGLISH } from './en/language-names.ts';
import { primaryLanguage } from './primary-language.ts';
import { ASKED_IN_CHINESE } from './zh/language-names.ts';

/**
 * How callers who speak a language ask for another one: "Chinese please", 说英文.
 *
 * @param spoken - BCP 47
 * @param wanted - BCP 47
 */
export const askingFor = (spoken: string, wanted: string): readonly string[] =>
  (primaryLanguage(spoken) === 'zh' ? ASKED_IN_CHINESE : ASKED_IN_ENGLISH)[primaryLanguage(wanted)] ?? [];
