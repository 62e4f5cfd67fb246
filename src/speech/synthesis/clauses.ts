/** How a text is cut for speaking. Lengths in characters. */
export interface ClauseLimits {
  /** A comma ends a clause only when the clause is at least this long: shorter ones sound better spoken together. */
  readonly comma: number;
  /** Beyond this a clause ends at the next gap between words. */
  readonly longest: number;
}

const LIMITS: ClauseLimits = { comma: 60, longest: 200 };

const SENTENCE_END = new Set(['.', '!', '?', '…', '。', '！', '？']);
const CLAUSE_END = new Set([';', ':', '；', '：']);
const COMMA = new Set([',', '，', '、', '–', '—']);
/** No space follows these, a new clause does. */
const FULL_WIDTH = new Set(['。', '！', '？', '；', '：', '，', '、', '…']);
const CLOSING = /["'”’»)\]）」』]/u;
const SPACE = /\s/u;
const HAN = /\p{Script=Han}/u;

const ABBREVIATIONS = new Set(
  'mr mrs ms dr prof sr jr st no nr dept ext tel approx inc ltd co corp vs etc e.g i.e a.m p.m u.s u.k jan feb mar apr jun jul aug sep sept oct nov dec'.split(
    ' ',
  ),
);

/**
 * Cuts a text into the pieces that are synthesised one after the other, so that the first is spoken while the next is
 * made. Cuts after sentence ends, semicolons and colons; after commas in long sentences; between words when nothing else
 * helps. Abbreviations, decimals, times and initials are not ends.
 *
 * @returns pieces that join to exactly `text`, each with the white space that follows it
 */
export function clausesOf(text: string, limits: ClauseLimits = LIMITS): string[] {
  const characters = Array.from(text);
  const clauses: string[] = [];
  let start = 0;
  const cut = (end: number): void => {
    if (end > start) clauses.push(characters.slice(start, end).join(''));
    start = end;
  };
  for (let at = 0; at < characters.length; at++) {
    const length = at + 1 - start;
    if (endsHere(characters, start, at, limits) || (length >= limits.longest && isGap(characters, at)))
      cut(afterSpace(characters, afterClosing(characters, at + 1)));
    else if (length >= limits.longest * 2) cut(at + 1); // one endless word
    at = Math.max(at, start - 1);
  }
  cut(characters.length);
  return clauses;
}

function endsHere(text: readonly string[], start: number, index: number, limits: ClauseLimits): boolean {
  const mark = text[index] ?? '';
  const next = text[afterClosing(text, index + 1)];
  const free = next === undefined || SPACE.test(next) || FULL_WIDTH.has(mark);
  if (!free || next === mark) return false;
  if (mark === '.') return !isAbbreviation(text, start, index);
  if (SENTENCE_END.has(mark) || CLAUSE_END.has(mark)) return true;
  return COMMA.has(mark) && index + 1 - start >= limits.comma;
}

/** 'Dr.', 'p.m.', 'J.': a full stop inside a sentence, unless the text ends there. */
function isAbbreviation(text: readonly string[], start: number, dot: number): boolean {
  if (afterSpace(text, afterClosing(text, dot + 1)) >= text.length) return false;
  let begin = dot;
  while (begin > start && /[\p{L}.]/u.test(text[begin - 1] ?? '')) begin--;
  const word = text.slice(begin, dot).join('');
  return ABBREVIATIONS.has(word.toLowerCase()) || /^\p{Lu}$/u.test(word);
}

/** Between this character and the next a clause may be cut by force. */
const isGap = (text: readonly string[], index: number): boolean =>
  SPACE.test(text[index] ?? '') || HAN.test(text[index] ?? '') || COMMA.has(text[index] ?? '');

function afterClosing(text: readonly string[], index: number): number {
  let end = index;
  while (end < text.length && CLOSING.test(text[end] ?? '')) end++;
  return end;
}

function afterSpace(text: readonly string[], index: number): number {
  let end = index;
  while (end < text.length && SPACE.test(text[end] ?? '')) end++;
  return end;
}

/** The pause that a voice makes after a clause, in milliseconds. */
export function pauseAfter(clause: string): number {
  const mark =
    clause
      .trimEnd()
      .replace(/["'”’»)\]）」』]+$/u, '')
      .at(-1) ?? '';
  if (SENTENCE_END.has(mark)) return 280;
  if (CLAUSE_END.has(mark)) return 220;
  return COMMA.has(mark) ? 160 : 20;
}
