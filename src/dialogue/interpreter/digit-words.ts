import { DIGITS as ENGLISH } from '../../language/en/spoken-answers.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import { DIGITS as CHINESE } from '../../language/zh/spoken-answers.ts';

/** '12' as people say it one by one: what was keyed goes on as if it had been said. @param language - BCP 47 */
export function digitWordsOf(digits: string, language: string): readonly string[] {
  const names = primaryLanguage(language) === 'zh' ? CHINESE : ENGLISH;
  return Array.from(digits, (digit) => names.find(([, value]) => value === digit)?.[0] ?? '');
}
