import { isNumber } from './numbers-and-dates.ts';
import { isCapitalised, isLoneLetter, type Token, touch } from './tokens.ts';
import { isNearlyOrdinary, isOrdinary } from './vocabulary.ts';
import { BANK_WORDS, FUNCTION_WORDS, MONTHS, NAMES_ABOVE_ALL, NAMES_TOO } from './words.ts';

const KNOWN_WITH_CAPITALS: ReadonlySet<string> = new Set([...BANK_WORDS, 'i', "i'm", "i've", "i'd", "i'll"]);
const SURE = [
  ['name', 'is'],
  ['names', 'is'],
  ["name's"],
  ['my', 'names'],
  ['mr'],
  ['mrs'],
  ['ms'],
  ['mister'],
  ['maiden', 'name', 'was'],
] as const;
const PERHAPS = [
  ['this', 'is'],
  ["i'm"],
  ['im'],
  ['i', 'am'],
  ["it's"],
  ['it', 'is'],
  ['called'],
  ['miss'],
  ['dr'],
  ['doctor'],
  ['sir'],
  ['madam'],
] as const;
/** First name, middle name and a surname of two words. */
const LONGEST = 4;
/** A whole utterance of so few words, each of which may be a name, is one. */
const BARE = 3;

/**
 * Names of people, and of whatever else is called by something other than an ordinary word. A name is whatever is not in the vocabulary; of
 * ordinary words those that are also names, where something says so: a capital within a sentence, "my name is", a name
 * beside them, or that nothing else is said.
 */
export function hideNames(text: string, tokens: readonly Token[]): void {
  const words = tokens.filter(({ kind }) => kind === 'word');
  // where every word has a capital, capitals say nothing
  const capitals = words.filter((word) => isCapitalised(word) && word.lower !== 'i').length;
  const telling = words.length <= BARE || capitals * 2 <= words.length;
  for (const token of words) if (token.hidden === undefined && isStrange(token, telling)) token.hidden = '[name]';
  afterCues(
    text,
    tokens,
    SURE,
    (token) => mayBeName(token) || (isLowerCase(words) && !FUNCTION_WORDS.has(token.lower)),
  );
  afterCues(
    text,
    tokens,
    PERHAPS,
    (token) => mayBeName(token) && (isCapitalised(token) || NAMES_ABOVE_ALL.includes(token.lower)),
  );
  bareName(words, tokens);
  spread(text, tokens, telling);
}

function isStrange(token: Token, telling: boolean): boolean {
  const { lower, text } = token;
  if (isLoneLetter(token)) return true;
  if (KNOWN_WITH_CAPITALS.has(lower) || isNumber(token) || lower.length === 1) return false;
  const acronym = text.length <= 4 && text === text.toUpperCase();
  if (isOrdinary(lower))
    return (
      telling && isCapitalised(token) && !token.startsSentence && !acronym && NAMES_TOO.has(lower) && !MONTHS.has(lower)
    );
  if (isCapitalised(token) && !token.startsSentence) return true;
  return !isNearlyOrdinary(lower);
}

const isLowerCase = (words: readonly Token[]): boolean =>
  words.every((word) => !isCapitalised(word) || word.lower === 'i');

const mayBeName = (token: Token): boolean =>
  token.hidden === '[name]' ||
  (!FUNCTION_WORDS.has(token.lower) && (isCapitalised(token) || NAMES_TOO.has(token.lower)));

function afterCues(
  text: string,
  tokens: readonly Token[],
  cues: readonly (readonly string[])[],
  isName: (token: Token) => boolean,
): void {
  for (const cue of cues)
    for (const at of tokens.keys()) {
      if (!cue.every((word, i) => tokens[at + i]?.lower === word)) continue;
      for (let i = at + cue.length; i < at + cue.length + LONGEST; i++) {
        const [before, token] = [tokens[i - 1], tokens[i]];
        if (token === undefined || before === undefined || token.kind !== 'word') break;
        if (/[,;:!?]/.test(text.slice(before.to, token.from)) || !isName(token)) break;
        token.hidden ??= '[name]';
      }
    }
}

/** "Mark Young" and no more, or "Mark Young speaking". */
function bareName(words: readonly Token[], tokens: readonly Token[]): void {
  const said = words.filter(
    ({ lower }) => !/^(?:speaking|hello|hi|yes|yeah|um|uh|er|it's|please|sorry|oh|okay)$/.test(lower),
  );
  if (said.length === 0 || said.length > BARE || tokens.length !== words.length) return;
  const named = said.length > 1 || words.some(({ lower }) => lower === 'speaking');
  if (named && said.every(mayBeName) && said.some(({ lower, hidden }) => hidden !== undefined || NAMES_TOO.has(lower)))
    for (const token of said) token.hidden ??= '[name]';
}

/** What may be a name beside a name is a part of it. */
function spread(text: string, tokens: readonly Token[], telling: boolean): void {
  const join = (one: Token | undefined, next: Token | undefined, name: Token | undefined): void => {
    if (one === undefined || next === undefined || name === undefined || !touch(text, one, next)) return;
    const other = name === one ? next : one;
    if (name.hidden !== '[name]' || other.hidden !== undefined || other.kind !== 'word') return;
    if (other.startsSentence && !NAMES_TOO.has(other.lower)) return;
    const capital = telling && isCapitalised(other) && !KNOWN_WITH_CAPITALS.has(other.lower);
    if ((NAMES_TOO.has(other.lower) || capital || !isOrdinary(other.lower)) && !FUNCTION_WORDS.has(other.lower))
      other.hidden = '[name]';
  };
  for (let at = 1; at < tokens.length; at++) join(tokens[at - 1], tokens[at], tokens[at - 1]);
  for (let at = tokens.length - 1; at > 0; at--) join(tokens[at - 1], tokens[at], tokens[at]);
  // "c a r o l": a letter that is a word as well, among hidden ones
  for (const [at, token] of tokens.entries()) {
    const [before, after] = [tokens[at - 1], tokens[at + 1]];
    if (token.hidden !== undefined || token.lower.length > 1) continue;
    if (before?.hidden === '[name]' && (after === undefined || after.hidden === '[name]')) token.hidden = '[name]';
  }
}
