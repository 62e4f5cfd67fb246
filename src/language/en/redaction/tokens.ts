import type { Label } from '../../redaction-label.ts';

/** A word, a number, or a mixture such as a part of a postcode. */
export interface Token {
  readonly text: string;
  readonly lower: string;
  readonly from: number;
  readonly to: number;
  readonly kind: 'word' | 'number' | 'mixed';
  /** The first of the text, or after a full stop, a question or an exclamation mark. */
  readonly startsSentence: boolean;
  hidden: Label | undefined;
}

const TOKEN = /\b(?:[ap]\.m|u\.s|u\.k|e\.g|i\.e)\b\.?|[\p{Script=Latin}\p{Nd}]+(?:['’]\p{Script=Latin}+)*/giu;

export const tokensOf = (text: string): Token[] =>
  [...text.matchAll(TOKEN)].map(({ 0: word, index }, position) => ({
    text: word,
    lower: word.toLowerCase().replaceAll('’', "'"),
    from: index,
    to: index + word.length,
    kind: /^\p{Nd}+(?:st|nd|rd|th)?$/iu.test(word) ? 'number' : /\p{Nd}/u.test(word) ? 'mixed' : 'word',
    startsSentence: position === 0 || /[.!?]\s*$/.test(text.slice(0, index)),
    hidden: undefined,
  }));

/** A letter by itself that is not a word: part of something spelled. */
export const isLoneLetter = ({ lower }: Token): boolean => /^[b-hj-np-z]$/.test(lower);

export const isCapitalised = ({ text }: Token): boolean => /^\p{Lu}/u.test(text);

/** Whether nothing but spaces, hyphens or slashes stands between two neighbours. */
export const touch = (text: string, one: Token, next: Token): boolean =>
  /^[\s/-]*$/.test(text.slice(one.to, next.from));

/** The text with what is hidden replaced; neighbours that are hidden for the same reason become one. */
export function render(text: string, tokens: readonly Token[]): string {
  let shown = '';
  let at = 0;
  let before: Token | undefined;
  for (const token of tokens) {
    const { hidden } = token;
    const joins = hidden !== undefined && hidden !== '#' && before?.hidden === hidden && touch(text, before, token);
    if (!joins) shown += text.slice(at, token.from);
    if (hidden === undefined) shown += token.text;
    else if (!joins) shown += hidden === '#' ? masked(token) : hidden;
    at = token.to;
    before = token;
  }
  return shown + text.slice(at);
}

const masked = ({ kind, text }: Token): string => (kind === 'word' ? '#' : text.replace(/\p{Nd}/gu, '#'));
