import { type WallMs, wallMs } from '../../domain/units.ts';
import { levelsUpTo } from '../../domain/data-level.ts';
import { IvrError } from '../../domain/error.ts';
import { durationTokens, facetToken } from '../words/facets.ts';
import { parseWords } from '../words/tokens.ts';
import type { KeyedHash } from './keyed-hash.ts';
import type { IndexScope, SearchQuery } from './search.ts';

/** What the index of tokens is asked for, and what is compared in the rows that it finds. */
export interface SearchPlan {
  /** Of each, one must be there. */
  readonly all: readonly (readonly string[])[];
  readonly phrases: readonly (readonly string[])[];
  readonly oneOf: Readonly<Record<string, readonly (string | number)[]>>;
  readonly atLeast: Readonly<Record<string, number>>;
  readonly atMost: Readonly<Record<string, number>>;
  /** A pattern of LIKE, within the JSON of a list. */
  readonly contains: readonly (readonly [column: string, pattern: string])[];
  readonly onHold: boolean | undefined;
  /** Unix ms: at or after, and before. */
  readonly from: WallMs | undefined;
  readonly until: WallMs | undefined;
}

const LONGEST_VALUE = 200;

/** @returns 'nothing' when the scope leaves nothing that could be found @throws IvrError SEARCH_INVALID */
export function planSearch(query: SearchQuery, scope: IndexScope, hash: KeyedHash): SearchPlan | 'nothing' {
  if (scope.queues?.length === 0 || query.states?.length === 0) return 'nothing';
  const all: string[][] = [];
  const must = (...tokens: string[]): void => void all.push(tokens);
  const contains: [string, string][] = [];
  const oneOf: Record<string, readonly (string | number)[]> = {};

  for (const part of ['number', 'account'] as const) {
    const value = query[part];
    if (value === undefined) continue;
    const hashed = hash[part](value);
    if (hashed === null) throw invalid(part, part === 'number' ? 'digits' : 'letters or digits');
    must(facetToken(part, hashed));
  }
  for (const [part, column] of [
    ['agent', 'agents'],
    ['queue', 'queues'],
    ['intent', 'intents'],
  ] as const) {
    const value = query[part];
    if (value === undefined) continue;
    must(facetToken(part, text(part, value)));
    contains.push([column, listItem(value)]);
  }
  for (const part of ['dialplan', 'language', 'outcome'] as const) {
    const value = query[part];
    if (value === undefined) continue;
    must(facetToken(part, text(part, value)));
    oneOf[part] = [value];
  }
  if (query.dialplanVersion !== undefined) {
    must(facetToken('version', String(query.dialplanVersion)));
    oneOf['dialplan_version'] = [query.dialplanVersion];
  }
  if (query.unheardNotice === true) {
    must(facetToken('unheard', 'notice'));
    contains.push(['unheard_notices', '%"%']);
  }
  if (scope.queues !== null) must(...scope.queues.map((queue) => facetToken('queue', queue)));
  const { shortestMs = 0, longestMs = Infinity } = query;
  if (shortestMs > longestMs) throw invalid('longestMs', 'a number not below shortestMs');
  if (query.shortestMs !== undefined || query.longestMs !== undefined) must(...durationTokens(shortestMs, longestMs));

  const words = query.words === undefined ? undefined : parseWords(text('words', query.words));
  if (query.words !== undefined && words === undefined) throw invalid('words', 'a letter, digit or Chinese character');
  for (const token of words?.tokens ?? []) must(token);
  if (query.states !== undefined) oneOf['state'] = query.states;
  if (scope.level !== 'C3') oneOf['level'] = levelsUpTo(scope.level);
  if (scope.restricted !== 'shown') oneOf['restricted'] = [scope.restricted === 'only' ? 1 : 0];
  const from = Math.max(query.from ?? 0, scope.notBefore ?? 0);
  return {
    all,
    phrases: words?.phrases ?? [],
    oneOf,
    contains,
    atLeast: query.shortestMs === undefined ? {} : { duration_ms: query.shortestMs },
    atMost: query.longestMs === undefined ? {} : { duration_ms: query.longestMs },
    onHold: query.onHold,
    from: from === 0 ? undefined : wallMs(from),
    until: query.until,
  };
}

const invalid = (part: string, expected: string): IvrError =>
  new IvrError('SEARCH_INVALID', `${part} of the search expects ${expected}`, { part });

function text(part: string, value: string): string {
  if (value === '' || value.length > LONGEST_VALUE) throw invalid(part, `1 to ${LONGEST_VALUE} characters`);
  return value;
}

/** The item of a JSON list of texts. '_' and '%' stay wild: the token has matched already, this only tells two apart that share it. */
const listItem = (value: string): string => `%${JSON.stringify(value).replaceAll('\\', '_')}%`;
