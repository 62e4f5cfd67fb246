import { expandAbbreviations } from './written-abbreviations.ts';
import { wordAmounts } from './written-amounts.ts';
import { wordDates } from './written-dates.ts';
import { wordNumbers } from './written-numbers.ts';
import { wordSymbols } from './written-symbols.ts';

/**
 * English as it is written to English as it is said: numbers, amounts of money, dates, times, telephone numbers, addresses
 * of the web, symbols and abbreviations become words. No digit is left. "$5.20 by 11/21/2026" → "five dollars and twenty
 * cents by November twenty-first, twenty twenty-six".
 *
 * @param language - BCP 47: in 'en-US' 4/3 is April the third, elsewhere the fourth of March, and # is the pound key
 */
export function spokenText(text: string, language: string): string {
  const american = !/^en-(?!us\b)/i.test(language);
  const steps: readonly ((text: string) => string)[] = [
    (written) => written.normalize('NFKC').replace(/[‘’]/g, "'"),
    expandAbbreviations,
    (written) => wordDates(written, american),
    wordAmounts,
    wordNumbers,
    (written) => wordSymbols(written, american),
    (written) => written.replace(/\s+/g, ' ').replace(/ +([,.;:!?])/g, '$1'),
  ];
  return steps.reduce((written, step) => step(written), text).trim();
}
