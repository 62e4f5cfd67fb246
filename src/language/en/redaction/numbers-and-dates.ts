import type { Token } from './tokens.ts';
import { MONTHS, NUMBER_WORDS, ORDINAL_WORDS } from './words.ts';

export const isNumber = ({ kind, lower }: Token): boolean => kind === 'number' || NUMBER_WORDS.has(lower);

const isOrdinal = ({ kind, lower }: Token): boolean =>
  ORDINAL_WORDS.has(lower) || (kind === 'number' && /\D/.test(lower));
const GLUE = new Set(['of', 'the', 'and', 'in', 'on']);

/** Digits and number words. "Oh" is a nought beside another digit, "one" is a pronoun in a sentence without other numbers. */
export function hideNumbers(tokens: readonly Token[]): void {
  const alone = (index: number): boolean =>
    ![tokens[index - 1], tokens[index + 1]].some((next) => next !== undefined && isNumber(next));
  for (const [at, token] of tokens.entries()) {
    if (token.hidden !== undefined || (token.lower === 'one' && alone(at) && tokens.length > 2)) continue;
    if (token.kind !== 'word' || NUMBER_WORDS.has(token.lower) || (token.lower === 'oh' && !alone(at)))
      token.hidden = '#';
  }
}

/**
 * Dates that name a day: a month beside a number, two ordinals ("the 27th of the 9th"), and whatever numbers follow the word
 * "born" or "birth". A month, a weekday or "the second card" alone stays.
 */
export function hideDates(text: string, tokens: readonly Token[]): void {
  let at = 0;
  while (at < tokens.length) {
    const run = dateRun(text, tokens, at);
    if (run.length === 0) {
      at += 1;
      continue;
    }
    at += run.length;
    while (run.length > 0 && GLUE.has(run.at(-1)?.lower ?? '')) run.pop();
    if (
      namesADay(run) ||
      (followsBirth(tokens, at - run.length) && run.some((token) => isNumber(token) || isOrdinal(token)))
    )
      for (const token of run) token.hidden = '[date]';
  }
}

function dateRun(text: string, tokens: readonly Token[], from: number): Token[] {
  const run: Token[] = [];
  for (let at = from; at < tokens.length; at++) {
    const token = tokens[at];
    const before = run.at(-1);
    if (token === undefined || (before !== undefined && !/^[\s/.,-]*$/.test(text.slice(before.to, token.from)))) break;
    const part = isNumber(token) || isOrdinal(token) || MONTHS.has(token.lower);
    if (!part && (run.length === 0 || !GLUE.has(token.lower))) break;
    run.push(token);
  }
  return run;
}

function namesADay(run: readonly Token[]): boolean {
  const numbers = run.filter((token) => isNumber(token) || isOrdinal(token)).length;
  if (run.some(({ lower }) => MONTHS.has(lower))) return numbers > 0;
  const [first, second, third] = run;
  const dotted = run.length >= 3 && first?.kind === 'number' && second?.kind === 'number' && third?.kind === 'number';
  return (
    run.filter(isOrdinal).length >= 2 ||
    (run.filter(isOrdinal).length === 1 && run.some(({ lower }) => lower === 'of') && numbers >= 2) ||
    (dotted && first.text.length <= 2 && second.text.length <= 2 && /^(?:19|20)?\d\d$/.test(third.text))
  );
}

const followsBirth = (tokens: readonly Token[], index: number): boolean =>
  tokens.slice(Math.max(0, index - 5), index).some(({ lower }) => /^(?:born|birth|birthday|dob)$/.test(lower));
