import { foldWord } from '../../domain/fold-word.ts';
import { ONES } from '../../language/en/number-vocabulary.ts';
import { DIGITS } from '../../language/zh/number-vocabulary.ts';
import * as english from '../../language/en/spoken-fillers.ts';
import * as chinese from '../../language/zh/spoken-fillers.ts';

/**
 * Free text as grammars spell it: lower case, no punctuation, digits as words, curly apostrophes straightened. Chinese is divided into
 * characters: nobody who writes a sentence down says where its words begin.
 */
export function spokenWords(words: readonly string[]): readonly string[] {
  const text = words.map(foldWord).join(' ');
  const digits = HAN.test(text) ? DIGITS : ONES;
  return text
    .replace(/\d/g, (digit) => ` ${digits[Number(digit)]} `)
    .split(/[^\p{L}\p{M}']+/u)
    .flatMap((word) => word.replace(/^'+|'+$/g, '').match(PIECES) ?? []);
}

const HAN = /\p{Script=Han}/u;
const PIECES = /\p{Script=Han}|[^\p{Script=Han}]+/gu;

export const withoutHesitations = (words: readonly string[]): readonly string[] =>
  words.filter((word) => !HESITATIONS.has(word));

const HESITATIONS: ReadonlySet<string> = new Set([...english.HESITATIONS, ...chinese.HESITATIONS]);
const COURTESIES: ReadonlySet<string> = new Set([...english.COURTESIES, ...chinese.COURTESIES]);

/** Whether people add it to an answer that was whole without it. */
export const isCourtesy = (word: string): boolean => COURTESIES.has(word);
