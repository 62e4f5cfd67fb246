import type { ValueType } from './value-type.ts';

/** By their places on the keypad. */
const MOST_CHOICES = 9;

/** One of a few things, each by several words. */
export function choiceType(choices: Readonly<Record<string, readonly string[]>> | undefined): ValueType | string {
  const all = Object.entries(choices ?? {});
  if (choices === undefined || all.length < 2 || all.length > MOST_CHOICES)
    return `expected two to ${MOST_CHOICES} choices: { is: choice, choices: { savings: [savings account, savings] } }`;
  return {
    name: 'choice',
    format: 'choice',
    formats: ['text'],
    builtin: undefined,
    choices,
    entry: { min: 1, max: 1, terminator: undefined },
    readings: (said) =>
      Object.hasOwn(choices, said) ? [said] : all.flatMap(([name, words]) => (words.some(meant(said)) ? [name] : [])),
    keyed: (keys) => all.slice(Number(keys) - 1, Number(keys)).map(([name]) => name),
  };
}

/** Without regard to case and, in Chinese, to where words begin. */
const meant =
  (said: string) =>
  (words: string): boolean =>
    compact(words) === compact(said);
const compact = (text: string): string => text.toLowerCase().replaceAll(/[\s\p{P}]/gu, '');
