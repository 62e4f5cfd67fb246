import { cardinalWords, digitWords, ordinalWords } from './number-words.ts';

/** Free text as an English grammar would spell it; see language/grammar-words.ts. */
export const englishGrammarWords = (text: string): string[] =>
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
