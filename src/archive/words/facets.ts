import { createHash } from 'node:crypto';

/*
 * What people narrow a search with, as tokens of the same index that holds the words: number, agent, queue… So any
 * combination is one lookup of tokens. A collision of two values does no harm: columns are compared as well.
 */

export type Facet =
  | 'number'
  | 'account'
  | 'agent'
  | 'queue'
  | 'intent'
  | 'dialplan'
  | 'version'
  | 'outcome'
  | 'language'
  | 'unheard';

const LETTER: Readonly<Record<Facet, string>> = {
  number: 'n',
  account: 'a',
  agent: 'g',
  queue: 'q',
  intent: 'i',
  dialplan: 'p',
  version: 'v',
  outcome: 'o',
  language: 'l',
  unheard: 'u',
};

/** '=' keeps it apart from all words. */
export const facetToken = (facet: Facet, value: string): string =>
  `=${LETTER[facet]}${createHash('sha256').update(value).digest('hex').slice(0, 16)}`;

/** Durations in steps of the square root of two: few enough tokens to look for all of a range. */
const LAST_BUCKET = 40;
const bucketOf = (durationMs: number): number =>
  Math.min(LAST_BUCKET, Math.floor(2 * Math.log2(1 + Math.max(0, durationMs) / 1000)));

export const durationToken = (durationMs: number): string => `=d${bucketOf(durationMs)}`;

/** All tokens that a duration of the range may have. */
export function durationTokens(shortestMs: number, longestMs: number): string[] {
  const tokens: string[] = [];
  for (let bucket = bucketOf(shortestMs); bucket <= bucketOf(longestMs); bucket++) tokens.push(`=d${bucket}`);
  return tokens;
}
