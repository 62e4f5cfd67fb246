const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
/** Words that people put in without meaning anything; a grammar does not list them. */
const HESITATIONS = new Set(['uh', 'um', 'er', 'erm', 'ah', 'hmm', 'mm', 'well', 'so', 'like', 'hello', 'hi', 'hey']);

/** Free text as grammars spell it: lower case, no punctuation, digits as words, curly apostrophes straightened. */
export function spokenWords(words: readonly string[]): readonly string[] {
  return words
    .join(' ')
    .toLowerCase()
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/\d/g, (digit) => ` ${DIGITS[Number(digit)]} `)
    .split(/[^\p{L}\p{M}']+/u)
    .map((word) => word.replace(/^'+|'+$/g, ''))
    .filter((word) => word !== '');
}

export const withoutHesitations = (words: readonly string[]): readonly string[] =>
  words.filter((word) => !HESITATIONS.has(word));
