import { foldWord } from '../../domain/fold-word.ts';
import { ONES } from '../../language/en/number-vocabulary.ts';
import { COURTESIES, HESITATIONS } from '../../language/en/spoken-fillers.ts';

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

/** Whether people add it to an answer that was whole without it. */
export const isCourtesy = (word: string): boolean => COURTESIES.has(word);
