import { fitsNumber } from '../lib/number-pattern.ts';
import { listedWords } from '../lib/listed-words.ts';

/* What a configuration key says of called numbers: `95588=refuse, 4008*=continue`, and lists of numbers alone. */

/** The number as it is dialled, or its beginning and `*`. */
export const NUMBER = /^[^\s=*]+\*?$|^\*$/;

export interface NumberRule<T extends string> {
  readonly number: string;
  readonly value: T;
}

/** Rules that are none are left out: `badNumberRules` names them. */
export const numberRules = <T extends string>(text: string, values: readonly T[]): readonly NumberRule<T>[] =>
  listedWords(text).flatMap((word): readonly NumberRule<T>[] => {
    const [number = '', value = ''] = word.split('=').map((part) => part.trim());
    const known = values.find((one) => one === value);
    return known === undefined || !NUMBER.test(number) ? [] : [{ number, value: known }];
  });

export const badNumberRules = (text: string, values: readonly string[]): readonly string[] =>
  listedWords(text).filter((word) => numberRules(word, values).length === 0);

export const badNumbers = (text: string): readonly string[] => listedWords(text).filter((word) => !NUMBER.test(word));

/** The longest number that fits is the one that counts. */
export const ruleFor = <T extends string>(
  rules: readonly NumberRule<T>[],
  called: string,
  country: string,
): T | undefined =>
  rules
    .filter(({ number }) => fitsNumber(number, called, country))
    .toSorted((a, b) => b.number.length - a.number.length)[0]?.value;
