import { foldWord } from '../../domain/fold-word.ts';

const WORD = /^[\p{Ll}\p{Lo}\p{M}][\p{Ll}\p{Lo}\p{M}'-]*$/u;

/** Whether it is written as it is spoken: 'one', not '1'. Case does not matter. */
export const isSpokenWord = (word: string): boolean => WORD.test(foldWord(word));

/** The words of a phrase as people write it; punctuation around words is not spoken. */
export const phraseWords = (phrase: string): readonly string[] =>
  phrase
    .split(/\s+/)
    .map((word) => word.replaceAll(/^[^\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]+$/gu, ''))
    .filter((word) => word !== '');
