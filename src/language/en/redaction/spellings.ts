import { isNumber } from './numbers-and-dates.ts';
import { isLoneLetter, type Token, touch } from './tokens.ts';
import { SPELLING_WORDS } from './words.ts';

const AS_IN = new Set(['for', 'as', 'like']);
const GLUE = new Set(['double', 'triple', 'space', 'capital', 'dash', 'hyphen', 'and', 'oh']);

const isLetter = ({ lower }: Token): boolean => /^(?:\p{L}|([a-z])\1)$/u.test(lower);
const isUnit = (token: Token): boolean =>
  isLetter(token) ||
  isNumber(token) ||
  SPELLING_WORDS.has(token.lower) ||
  (token.kind === 'mixed' && token.text.length <= 8);

/**
 * What is spelled: letters one by one, "t for Tommy", the NATO alphabet, and postcodes, which are letters and digits. A letter
 * that is not a word is always part of one; with digits beside it, it is taken for a part of an address.
 */
export function hideSpellings(text: string, tokens: readonly Token[]): void {
  let at = 0;
  while (at < tokens.length) {
    const run = spelledFrom(text, tokens, at);
    const units = run.filter((token) => isUnit(token) && token.hidden === undefined);
    const mixed = units.filter(({ kind }) => kind === 'mixed').length;
    const letters = units.filter((token) => isLetter(token) || SPELLING_WORDS.has(token.lower)).length + 2 * mixed;
    const digits = mixed > 0 || units.some((token) => isNumber(token) && !GLUE.has(token.lower));
    const nato = units.filter(({ lower }) => SPELLING_WORDS.has(lower)).length;
    const certain =
      !isSentence(units) &&
      ((letters >= 2 && units.length >= 3) ||
        nato >= 2 ||
        units.some(isPostcodePart) ||
        (units.length >= 2 && (digits ? letters > 0 : units.some(isLoneLetter))));
    if (certain) for (const token of run) token.hidden = digits ? '[address]' : '[name]';
    at += Math.max(1, run.length);
  }
}

/** The halves of a British postcode, W20 and 6YB. */
const isPostcodePart = ({ kind, text }: Token): boolean =>
  kind === 'mixed' &&
  /^(?:[a-z]{1,2}\d{1,2}[a-z]?|\d[a-z]{2})$/i.test(text) &&
  !/^\d(?:am|pm|st|nd|rd|th|gb|kg|km)$/i.test(text);

/** "I", "a" and "oh" are words too: alone they are not a spelling. */
const isSentence = (units: readonly Token[]): boolean =>
  units.filter((token) => !isNumber(token)).every(({ lower }) => lower === 'i' || lower === 'a');

function spelledFrom(text: string, tokens: readonly Token[], from: number): Token[] {
  const run: Token[] = [];
  let at = from;
  while (at < tokens.length) {
    const token = tokens[at];
    const before = run.at(-1);
    if (token === undefined || (before !== undefined && !/^[\s,./-]*$/.test(text.slice(before.to, token.from)))) break;
    if (isUnit(token)) {
      run.push(token);
      at += 1;
      const [glue, word, more] = [tokens[at], tokens[at + 1], tokens[at + 2]];
      // "t for Tommy", "b as in Bravo"
      if (isLetter(token) && glue !== undefined && word !== undefined && AS_IN.has(glue.lower)) {
        const last = glue.lower === 'as' && word.lower === 'in' ? more : word;
        if (last !== undefined && !(glue.lower === 'like' && token.lower === 'i')) {
          const upTo = tokens.indexOf(last);
          run.push(...tokens.slice(at, upTo + 1));
          at = upTo + 1;
        }
      }
    } else if (
      run.length > 0 &&
      GLUE.has(token.lower) &&
      tokens[at + 1] !== undefined &&
      isUnitAfter(text, tokens, at)
    ) {
      run.push(token);
      at += 1;
    } else break;
  }
  return run;
}

function isUnitAfter(text: string, tokens: readonly Token[], index: number): boolean {
  const [glue, next] = [tokens[index], tokens[index + 1]];
  return glue !== undefined && next !== undefined && touch(text, glue, next) && isUnit(next);
}
