import { cardinalWords, chineseCardinalWords, chineseDigitWords, digitWords, ordinalWords } from './number-words.ts';
import type { SpokenLanguage } from './vocabulary.ts';

/**
 * Free text as a grammar would spell it: lower-case words without punctuation, numerals in words. Long numerals are read
 * digit by digit unless they are amounts ('$1,250', '1,250 dollars').
 */
export const spokenWords = (text: string, language: SpokenLanguage = 'en'): string[] =>
  language === 'zh' ? chineseWords(text) : englishWords(text);

const englishWords = (text: string): string[] =>
  text
    .toLowerCase()
    .replaceAll(/[\u2018\u2019]/g, "'")
    .replaceAll(/(\d),(?=\d{3}\b)/g, '$1')
    .replaceAll(
      /\$(\d+)(?:\.(\d\d))?/g,
      (_, units: string, cents: string | undefined) =>
        ` ${amount(units)} dollars${cents === undefined || cents === '00' ? '' : ` and ${amount(cents)} cents`} `,
    )
    .replaceAll(/(\d+)%/g, '$1 percent')
    .replaceAll(/\b(\d{1,2})(?:st|nd|rd|th)\b/g, (_, digits: string) => ordinalWords(Number(digits)).join(' '))
    .replaceAll(/\b(\d{1,6})(?= (?:dollars?|percent|cents?)\b)/g, (_, digits: string) => amount(digits))
    .replaceAll(
      /\d+/g,
      (digits) =>
        ` ${(digits.length <= 2 && !digits.startsWith('0') ? cardinalWords(Number(digits)) : digitWords(digits)).join(' ')} `,
    )
    .replaceAll(/[^\p{L}\p{N}' ]/gu, ' ')
    .split(/\s+/)
    .map((word) => word.replaceAll(/^'+|'+$/g, ''))
    .filter((word) => word !== '');

const amount = (digits: string): string =>
  (digits.length > 6 ? digitWords(digits) : cardinalWords(Number(digits))).join(' ');

const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });
/** Longer ones, and those that begin with a zero, name something; shorter ones count. */
const LONGEST_CARDINAL = 4;

const chineseWords = (text: string): string[] => {
  const spelled = text
    .toLowerCase()
    .replaceAll(/(\d),(?=\d{3}(?!\d))/g, '$1')
    .replaceAll(/\d+/g, (digits) =>
      (digits.length > LONGEST_CARDINAL || digits.startsWith('0')
        ? chineseDigitWords(digits)
        : chineseCardinalWords(Number(digits))
      ).join(''),
    )
    .replaceAll(/[^\p{L}\p{N}' ]/gu, ' ');
  return [...segmenter.segment(spelled)].filter(({ isWordLike }) => isWordLike === true).map(({ segment }) => segment);
};
