import { PIECES_OF_VALUES } from '../../language/zh/recorded-values.ts';
import { spokenChineseText } from '../../language/zh/spoken-text.ts';
import { keyOf } from '../engines/recordings/recorded-pieces.ts';
import { clausesOf } from './clauses.ts';

/** What has to be recorded of a text in Mandarin: its clauses, in words, without marks but the commas in them. */
export const piecesOfText = (text: string): readonly string[] =>
  clausesOf(spokenChineseText(text))
    .map(keyOf)
    .filter((piece) => /\p{Script=Han}/u.test(piece));

/** All that has to be recorded for these texts, and for the values between their words. */
export const piecesToRecord = (texts: readonly string[]): readonly string[] => [
  ...new Set([...PIECES_OF_VALUES, ...texts.flatMap(piecesOfText)]),
];
