import { cardinalWords, digitWords } from './number-words.ts';

const CURRENCIES: readonly (readonly [symbol: string, words: string])[] = [
  ['£', 'pounds'],
  ['$', 'dollars'],
  ['€', 'euros'],
];
const SYMBOLS: readonly (readonly [symbol: string, words: string])[] = [['%', 'percent'], ['&', 'and'], ...CURRENCIES];

/**
 * A written English sentence as a recognizer would give it: lower case, no punctuation, numbers in words. Sentence encoders
 * are trained on text in this form, so that examples that people write and words that a line hears look alike.
 *
 * @returns words of a to z and apostrophes, one blank between them
 */
export function spokenForm(text: string): string {
  let words = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\u2018\u2019\u02bc`]/g, "'");
  words = words.replaceAll(
    /([£$€])\s?(\d[\d,]*)(\.\d\d)?/g,
    (_, symbol: string, whole: string, cents: string | undefined) =>
      ` ${whole}${cents ?? ''} ${CURRENCIES.find(([one]) => one === symbol)?.[1] ?? ''} `,
  );
  words = words.replaceAll(/(\d),(\d{3})/g, '$1$2').replaceAll(/(\d+)(?:st|nd|rd|th)\b/g, '$1 ');
  for (const [symbol, said] of SYMBOLS) words = words.replaceAll(symbol, ` ${said} `);
  return words
    .replaceAll(/(\d+)\.(\d+)/g, '$1 point $2')
    .replaceAll(/\d+/g, (digits) => ` ${numberInWords(digits)} `)
    .replaceAll(/[^a-z' ]+/g, ' ')
    .replaceAll(/(^|\s)'+|'+(\s|$)/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** Beyond 999,999, or with a nought in front, digit by digit. */
const numberInWords = (digits: string): string =>
  (digits.length > 6 || (digits.length > 1 && digits.startsWith('0'))
    ? digitWords(digits)
    : cardinalWords(Number(digits))
  ).join(' ');
