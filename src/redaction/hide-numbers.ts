import type { CallFact } from '../domain/call-event.ts';
import { digitRuns, findCardNumbers, type FoundNumber } from './card-numbers.ts';

/* Numbers of cards (ISO/IEC 7812) and of identity documents (GB 11643) that somebody says are kept nowhere in clear text: a label stands in their place. */

export const CARD_NUMBER = '[card number]';
export const IDENTITY_NUMBER = '[identity number]';

/** As it is written, its last character perhaps an X. */
const WRITTEN_IDENTITY = /(?<![0-9A-Za-z])[1-9]\d{16}[\dXx](?![0-9A-Za-z])/g;
const IDENTITY_DIGITS = 18;
/** ISO 7064, MOD 11-2. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = '10X98765432';

function isIdentityNumber(text: string): boolean {
  if (!/^[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]$/.test(text)) return false;
  const sum = WEIGHTS.reduce((total, weight, n) => total + weight * Number(text[n]), 0);
  return CHECKS[sum % 11] === text.at(-1);
}

/** Numbers of residents' identity cards, as digits, words or Chinese numerals. */
export function findIdentityNumbers(text: string): readonly FoundNumber[] {
  const written = [...text.matchAll(WRITTEN_IDENTITY)]
    .filter(([found]) => isIdentityNumber(found.toUpperCase()))
    .map(({ 0: found, index }) => ({ from: index, to: index + found.length }));
  const spoken = digitRuns(text).flatMap((run) => {
    for (let first = 0; first < run.length; first++) {
      let digits = '';
      for (const token of run.slice(first)) {
        digits += token.digits;
        const { from } = run[first] ?? token;
        if (digits.length === IDENTITY_DIGITS && isIdentityNumber(digits)) return [{ from, to: token.to }];
        const x = /^\s*[xX](?![A-Za-z])/.exec(text.slice(token.to));
        if (digits.length === IDENTITY_DIGITS - 1 && x !== null && isIdentityNumber(`${digits}X`))
          return [{ from, to: token.to + x[0].length }];
      }
    }
    return [];
  });
  return [...written, ...spoken.filter(({ from }) => !written.some((one) => from >= one.from && from < one.to))];
}

export interface SensitiveNumber extends FoundNumber {
  readonly label: typeof CARD_NUMBER | typeof IDENTITY_NUMBER;
}

/** In order; where both could be meant it is the identity number. */
export function findSensitiveNumbers(text: string): readonly SensitiveNumber[] {
  const identities = findIdentityNumbers(text).map((one) => ({ ...one, label: IDENTITY_NUMBER }) as const);
  const cards = findCardNumbers(text)
    .filter(({ from, to }) => !identities.some((one) => from < one.to && to > one.from))
    .map((one) => ({ ...one, label: CARD_NUMBER }) as const);
  return [...identities, ...cards].toSorted((a, b) => a.from - b.from);
}

export function hideNumbers(text: string): string {
  let [shown, at] = ['', 0];
  for (const { from, to, label } of findSensitiveNumbers(text)) {
    shown += text.slice(at, from) + label;
    at = to;
  }
  return shown + text.slice(at);
}

/** A fact as the journal may keep it. */
export function withoutNumbers(fact: CallFact): CallFact {
  switch (fact.type) {
    case 'recognized':
    case 'prompt-started':
      return { ...fact, text: hideNumbers(fact.text) };
    case 'slot-filled':
      return { ...fact, value: hideNumbers(fact.value) };
    default:
      return fact;
  }
}
