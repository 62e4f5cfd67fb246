import { cardinalWords, digitWords } from './number-words.ts';

const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });
/** Longer ones, and those that begin with a zero, name something; shorter ones count. */
const LONGEST_CARDINAL = 4;

/** Free text as a Chinese grammar would spell it, divided into words; see language/grammar-words.ts. */
export const chineseGrammarWords = (text: string): string[] => {
  const spelled = text
    .toLowerCase()
    .replaceAll(/(\d),(?=\d{3}(?!\d))/g, '$1')
    .replaceAll(/\d+/g, (digits) =>
      (digits.length > LONGEST_CARDINAL || digits.startsWith('0')
        ? digitWords(digits)
        : cardinalWords(Number(digits))
      ).join(''),
    )
    .replaceAll(/[^\p{L}\p{N}' ]/gu, ' ');
  return [...segmenter.segment(spelled)].filter(({ isWordLike }) => isWordLike === true).map(({ segment }) => segment);
};
