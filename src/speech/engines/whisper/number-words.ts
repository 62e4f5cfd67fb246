import * as english from '../../../language/en/number-words.ts';
import * as chinese from '../../../language/zh/number-words.ts';
import type { NumberWord } from '../../../language/number-word.ts';

/* The number words of both languages: a grammar may have either. */

const words: ReadonlyMap<string, NumberWord> = new Map([...english.NUMBER_WORDS, ...chinese.NUMBER_WORDS]);

export const numberWord = (word: string): NumberWord | undefined => words.get(word);
