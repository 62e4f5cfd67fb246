import { digitWords as englishDigits, cardinalWords } from './en/number-words.ts';
import { spokenText } from './en/spoken-text.ts';
import { grammarWords } from './grammar-words.ts';
import type { SpokenLanguage } from './spoken-language.ts';
import { digitWords as chineseDigits } from './zh/number-words.ts';
import { spokenChineseText } from './zh/spoken-text.ts';

/** Pairs of figures: 1250 as "twelve fifty". */
const PAIRS = /\b(\d\d)([1-9]\d)\b/g;

/**
 * The ways in which a text with figures may have been said, the text as it is first: recognizers that cannot be held to a grammar
 * write "1250" for "twelve fifty", "one two five zero" and more.
 */
export function saidAs(text: string, language: SpokenLanguage): readonly string[] {
  if (!/\d/.test(text)) return [text];
  const ways =
    language === 'zh'
      ? [
          spokenChineseText(text),
          grammarWords(text, 'zh').join(''),
          text.replaceAll(/\d+/g, (digits) => chineseDigits(digits).join('')),
        ]
      : [
          grammarWords(text, 'en').join(' '),
          spokenText(text, 'en-US').replaceAll('-', ' '),
          text.replaceAll(/\d/g, (digit) => ` ${englishDigits(digit).join('')} `),
          text.replaceAll(PAIRS, (_, first: string, second: string) =>
            [...cardinalWords(Number(first)), ...cardinalWords(Number(second))].join(' '),
          ),
        ];
  return [...new Set([text, ...ways])];
}
