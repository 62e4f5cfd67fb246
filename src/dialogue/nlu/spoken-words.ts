import { foldWord } from '../../domain/fold-word.ts';
import { ONES } from '../../language/en/number-vocabulary.ts';

/** Words that people put in without meaning anything; a grammar does not list them. */
const HESITATIONS = new Set(['uh', 'um', 'er', 'erm', 'ah', 'hmm', 'mm', 'well', 'so', 'like', 'hello', 'hi', 'hey']);

/** Free text as grammars spell it: lower case, no punctuation, digits as words, curly apostrophes straightened. */
export function spokenWords(words: readonly string[]): readonly string[] {
  return words
    .map(foldWord)
    .join(' ')
    .replace(/\d/g, (digit) => ` ${ONES[Number(digit)]} `)
    .split(/[^\p{L}\p{M}']+/u)
    .map((word) => word.replace(/^'+|'+$/g, ''))
    .filter((word) => word !== '');
}

export const withoutHesitations = (words: readonly string[]): readonly string[] =>
  words.filter((word) => !HESITATIONS.has(word));
