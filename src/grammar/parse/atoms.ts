import { foldWord } from '../../domain/fold-word.ts';

/*
 * What the parser compares: folded words, and of Chinese single characters, because nobody who writes a sentence down says where
 * its words begin.
 */

const PIECES = /\p{Script=Han}|[^\s\p{Script=Han}]+/gu;
/** Around and between words, not spoken. */
const SILENT = /^[^\p{L}\p{M}\p{N}*#+$%¥€£]+|[^\p{L}\p{M}\p{N}*#+%]+$/gu;

/** The atoms of a token as a grammar has it. */
export const tokenAtoms = (token: string): readonly string[] => foldWord(token).match(PIECES) ?? [];

/** The atoms of what was said or written; punctuation is left out. */
export const sentenceAtoms = (text: string): readonly string[] =>
  (foldWord(text.replaceAll(/[，。？！、；：“”（）,;:?!"()…—]|\.(?=\s|$)/gu, ' ')).match(PIECES) ?? [])
    .map((piece) => piece.replaceAll(SILENT, ''))
    .filter((piece) => piece !== '');

/** Atoms as people write them: no space between Chinese characters. */
export const joinAtoms = (atoms: readonly string[]): string =>
  atoms.join(' ').replaceAll(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, '');
