import { AS_IN, NOT_SPELLED, REPEATED, SYMBOL_OF } from './spelled-symbols.ts';

/** Longer words that nobody spells with are noise. */
const LONGEST_GROUP = 3;

/**
 * The letters and digits in what was heard of a spelling: "t for Tommy Q 6 double R" → "tq6rr". Lower case. Words that stand for nothing
 * give their letters when they are short (recognizers write "NES" for n e s), else nothing.
 *
 * @param whole - keeps the letters of all words: a name that is partly spelled, partly said
 */
export function heardSpelling(text: string, whole = false): string {
  const words = text
    .toLowerCase()
    .replaceAll(/\bx[- ]ray\b/g, 'xray')
    .replaceAll('&', ' and ')
    .replaceAll('+', ' and ')
    .replaceAll(/[^a-z0-9 -]/g, ' ')
    .split(/[\s-]+/)
    .filter((word) => word !== '');
  const symbols: string[] = [];
  let times = 1;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const next = words[at + 1] ?? '';
    if (REPEATED.has(word) && next !== '') {
      times = word === 'double' && (next === 'u' || next === 'you') ? 1 : (REPEATED.get(word) ?? 1);
      if (times === 1) {
        symbols.push('w');
        at += 1;
      }
      continue;
    }
    const said = symbolsOf(word, whole);
    symbols.push(said.repeat(times));
    times = 1;
    const after = words[at + 2] ?? '';
    if (said.length === 1 && AS_IN.has(next) && isExample(said, after === 'in' ? (words[at + 3] ?? '') : after))
      at += after === 'in' ? 3 : 2;
  }
  return symbols.join('');
}

/** "Tommy" after "t for": begins with that letter, or is written as what sounds like it. */
const isExample = (letter: string, word: string): boolean =>
  word.length > 2 && /[a-z]/.test(letter) && (word.startsWith(letter) || SYMBOL_OF.get(word) === letter);

function symbolsOf(word: string, whole: boolean): string {
  const known = SYMBOL_OF.get(word);
  if (known !== undefined && !(whole && word.length === 2 && !/\d/.test(known))) return known;
  if (word.length === 1 || /\d/.test(word)) return word;
  if (NOT_SPELLED.has(word)) return '';
  return whole || word.length <= LONGEST_GROUP ? word : '';
}
