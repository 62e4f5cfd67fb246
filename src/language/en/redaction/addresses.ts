import { isNumber } from './numbers-and-dates.ts';
import { isCapitalised, type Token, touch } from './tokens.ts';
import { isOrdinary } from './vocabulary.ts';
import { FUNCTION_WORDS, STREETS } from './words.ts';

/** Between the number of a house and its street. */
const MOST_BETWEEN = 3;
const MOST_OF_TOWN = 2;
const CUES = [
  ['i', 'live', 'at'],
  ['i', 'live', 'on'],
  ['i', 'live', 'in'],
  ['i', 'am', 'living', 'in'],
  ["i'm", 'living', 'in'],
  ['living', 'at'],
  ['lives', 'at'],
  ['lives', 'in'],
  ['address', 'is'],
  ['address', 'to'],
  ['moved', 'to'],
  ['moving', 'to'],
  ['postcode', 'is'],
] as const;
/** The end of an address that was announced: what says something else. */
const ENDS = new Set([
  'and',
  'but',
  'so',
  'because',
  'now',
  'can',
  'could',
  'please',
  'how',
  'what',
  'when',
  'i',
  'is',
  'was',
  'not',
  'my',
  'you',
]);
/** Words of a street's name. */
const MOST_OF_NAME = 2;
/** The others are rows, ways and closes of much else. */
const NEVER_BUT_STREETS = new Set([
  'street',
  'road',
  'lane',
  'avenue',
  'crescent',
  'terrace',
  'boulevard',
  'mews',
  'grove',
]);
const PLACING = new Set(['on', 'at', 'in', 'from', 'off', 'near', 'opposite', 'along', 'behind', 'to']);
const ARTICLES = new Set(['the', 'a', 'an', 'in', 'at', 'on', 'of', 'my', 'your', 'their', 'his', 'her']);
const TITLES = new Set(['mr', 'mrs', 'ms', 'miss', 'mister', 'dr']);
const FLATS = new Set(['flat', 'apartment', 'apt', 'unit', 'suite']);

/** House numbers with their streets, streets with a name, and what follows "I live at" or "my address is". */
export function hideAddresses(text: string, tokens: readonly Token[]): void {
  for (const [at, token] of tokens.entries()) {
    if (STREETS.has(token.lower)) hideStreet(text, tokens, at);
    if (FLATS.has(token.lower)) hideFlat(tokens, at);
  }
  for (const cue of CUES)
    for (const at of tokens.keys())
      if (cue.every((word, i) => tokens[at + i]?.lower === word)) hideAnnounced(text, tokens, at + cue.length);
}

function hideStreet(text: string, tokens: readonly Token[], at: number): void {
  const street = tokens[at];
  if (street === undefined) return;
  const named: Token[] = [];
  for (let i = at - 1; i >= 0 && named.length <= MOST_BETWEEN; i--) {
    const [token, next] = [tokens[i], tokens[i + 1]];
    if (token === undefined || next === undefined || !touch(text, token, next)) break;
    if (isNumber(token) || token.kind === 'mixed') {
      if (named.length === 0) return;
      for (const one of [token, ...named, street]) one.hidden = '[address]';
      hideTown(text, tokens, at);
      // "forty two"
      for (const before of tokens.slice(0, i).toReversed()) {
        if (!isNumber(before)) return;
        before.hidden = '[address]';
      }
      return;
    }
    if (FUNCTION_WORDS.has(token.lower)) break;
    named.unshift(token);
  }
  // "Baker Street", "oxford road": without a number, where the name is one
  const last = named.at(-1);
  if (last === undefined || last.startsSentence || TITLES.has(last.lower)) return;
  // "on mill road", "from cherry tree lane": a thing of its kind would have an article
  const before = tokens[at - named.length - 1];
  if (named.length <= MOST_OF_NAME && NEVER_BUT_STREETS.has(street.lower) && PLACING.has(before?.lower ?? '')) {
    for (const token of [...named, street]) token.hidden = '[address]';
    hideTown(text, tokens, at);
    return;
  }
  if (!isOrdinary(last.lower) || (isCapitalised(last) && isCapitalised(street))) {
    last.hidden = '[address]';
    street.hidden = '[address]';
  }
}

/** "12 baker street kettering": what a street's name is followed by, when the sentence says nothing else. */
function hideTown(text: string, tokens: readonly Token[], at: number): void {
  const town: Token[] = [];
  for (let i = at + 1; i < tokens.length && town.length < MOST_OF_TOWN + 1; i++) {
    const [before, token] = [tokens[i - 1], tokens[i]];
    if (token === undefined || before === undefined || /[.;!?]/.test(text.slice(before.to, token.from))) break;
    if (token.kind !== 'word' || ENDS.has(token.lower) || FUNCTION_WORDS.has(token.lower)) break;
    town.push(token);
  }
  const next = tokens[at + town.length + 1];
  const over = next === undefined || ENDS.has(next.lower) || next.startsSentence;
  if (over && town.length <= MOST_OF_TOWN) for (const token of town) token.hidden = '[address]';
}

function hideFlat(tokens: readonly Token[], at: number): void {
  const [flat, next] = [tokens[at], tokens[at + 1]];
  if (flat === undefined || next === undefined || !(isNumber(next) || next.kind === 'mixed')) return;
  flat.hidden = '[address]';
  next.hidden = '[address]';
}

function hideAnnounced(text: string, tokens: readonly Token[], from: number): void {
  let hid = false;
  for (let at = from; at < tokens.length; at++) {
    const [before, token] = [tokens[at - 1], tokens[at]];
    if (token === undefined || before === undefined || /[.;!?]/.test(text.slice(before.to, token.from))) return;
    if (ENDS.has(token.lower)) return;
    if (!hid && ARTICLES.has(token.lower)) continue;
    // "I live in a different city", "my address is wrong": ordinary words are not an address
    if (!hid && token.kind === 'word' && !isNumber(token) && isOrdinary(token.lower) && !isCapitalised(token)) return;
    hid = true;
    token.hidden = '[address]';
  }
}
