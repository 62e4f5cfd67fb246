import { passesLuhn } from '../domain/luhn.ts';
import * as english from '../language/en/spoken-answers.ts';
import * as chinese from '../language/zh/number-vocabulary.ts';

/* Card numbers (ISO/IEC 7812) in texts: by digits of any script, said or written, and Luhn's check. */

const SHORTEST = 13;
const LONGEST = 19;

const SPOKEN: ReadonlyMap<string, string> = new Map([
  ...english.DIGITS,
  ...chinese.DIGITS.map((word, digit) => [word, String(digit)] as const),
  ...chinese.OTHER_DIGITS.map(([word, digit]) => [word, String(digit)] as const),
]);

/** Issuer numbers of the card schemes: what begins otherwise is a time, an identifier or chance. */
const ISSUER = /^(?:4|5[0-8]|2[2-7]|3[0-8]|6[0-9]|9[0-9])/;

export interface FoundNumber {
  /** Of its first character, and after its last. */
  readonly from: number;
  readonly to: number;
}

/** Where in the text a card number stands, as digits, words or Chinese numerals, with spaces, dashes or commas between. */
export const findCardNumbers = (text: string): readonly FoundNumber[] => digitRuns(text).flatMap(numbersIn);

export interface SpokenDigits extends FoundNumber {
  readonly digits: string;
}

/** Digits that are said or written one after the other, by their tokens. */
export function digitRuns(text: string): readonly (readonly SpokenDigits[])[] {
  const runs: SpokenDigits[][] = [];
  let run: SpokenDigits[] = [];
  const close = (): void => {
    if (run.length > 0) runs.push(run);
    run = [];
  };
  let before = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match;
    if (run.length > 0 && !/^[\s,.、，-]{0,3}$/.test(text.slice(before, match.index))) close();
    const digits = digitsOf(token);
    if (digits === undefined) close();
    else run.push({ digits, from: match.index, to: match.index + token.length });
    before = match.index + token.length;
  }
  close();
  return runs;
}

/** A run of digits that is not part of a word (a digest, an identifier), a word, or one Chinese character. */
const CHINESE = [...SPOKEN.keys()].filter((word) => /\p{Script=Han}/u.test(word)).join('');
const TOKEN = new RegExp(`(?<![A-Za-z0-9_])[0-9０-９]+(?![A-Za-z0-9_])|[A-Za-z0-9_]+|[${CHINESE}]`, 'g');

function digitsOf(token: string): string | undefined {
  if (/^[0-9]+$/.test(token)) return token;
  if (/^[０-９]+$/.test(token))
    return token.replaceAll(/[０-９]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0));
  return SPOKEN.get(token.toLowerCase());
}

/** Every stretch of whole tokens that is a card number: an expiry date may follow it. */
function numbersIn(run: readonly SpokenDigits[]): FoundNumber[] {
  for (let first = 0; first < run.length; first++) {
    let digits = '';
    let longest = -1;
    for (let last = first; last < run.length && digits.length <= LONGEST; last++) {
      digits += run[last]?.digits ?? '';
      // the beginning of a longer number may pass Luhn's check by chance
      if (isCardNumber(digits)) longest = last;
    }
    if (longest >= 0)
      return [{ from: run[first]?.from ?? 0, to: run[longest]?.to ?? 0 }, ...numbersIn(run.slice(longest + 1))];
  }
  return [];
}

const isCardNumber = (digits: string): boolean =>
  digits.length >= SHORTEST && digits.length <= LONGEST && ISSUER.test(digits) && passesLuhn(digits);
