import { passesLuhn } from '../domain/luhn.ts';

/* Card numbers (ISO/IEC 7812) in texts: by digits of any script, said or written, and Luhn's check. */

const SHORTEST = 13;
const LONGEST = 19;

const SPOKEN: Readonly<Record<string, string>> = {
  zero: '0',
  oh: '0',
  one: '1',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
};
const CHINESE = '零一二三四五六七八九';
const OTHER_CHINESE: Readonly<Record<string, string>> = { 〇: '0', 幺: '1', 两: '2' };

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
const TOKEN = /(?<![A-Za-z0-9_])[0-9０-９]+(?![A-Za-z0-9_])|[A-Za-z0-9_]+|[零〇一幺二两三四五六七八九]/g;

function digitsOf(token: string): string | undefined {
  if (/^[0-9]+$/.test(token)) return token;
  if (/^[０-９]+$/.test(token))
    return token.replaceAll(/[０-９]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0));
  const index = CHINESE.indexOf(token);
  return SPOKEN[token.toLowerCase()] ?? OTHER_CHINESE[token] ?? (index >= 0 ? String(index) : undefined);
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
