import type { PartOfSpeechTagger } from './part-of-speech-tagger.ts';
import { type TokenizerExceptions, tokenize } from './tokenizer.ts';

/** A word, a part of one, or a mark. */
export interface SpokenToken {
  readonly text: string;
  /** Penn Treebank. */
  readonly tag: string;
  readonly spaceAfter: boolean;
  /** Of marks, known from the start. */
  readonly phonemes: string | undefined;
}

/** Tokens without space between them sound as one word: 'e-mail', 'McDonald'. */
export type SpokenWord = readonly SpokenToken[];

const LETTER = '\\p{L}';
const LOWER = 'a-zß-öø-ÿ';
const UPPER = 'A-ZÀ-ÖØ-Þ';
/** Parts of a token: where capitals, hyphens, apostrophes and marks cut it. */
const PART = new RegExp(
  `^['‘’]+|[${UPPER}](?=[${UPPER}][${LOWER}])|[\\-_]+|['‘’]{2,}|${LETTER}*?(?:['‘’]${LETTER})*?[${LOWER}](?=[${UPPER}])|${LETTER}+(?:['‘’]${LETTER})*|[^\\p{L}\\p{N}_\\-'‘’]|['‘’]+$`,
  'gu',
);

const MARK_TAGS = new Set(['.', ',', '-LRB-', '-RRB-', '``', '""', "''", ':', '$', '#', 'NFP']);
const NAMED_MARKS: Readonly<Record<string, string>> = { '-LRB-': '(', '-RRB-': ')', '``': '“', '""': '”', "''": '”' };
/** Marks that the voice has a pause or a tone for. */
const SOUNDING = new Set(';:,.!?—…"“”');

/** Cuts a text into words as they are spoken. */
export function spokenWords(text: string, exceptions: TokenizerExceptions, tagger: PartOfSpeechTagger): SpokenWord[] {
  const written = tokenize(text, exceptions);
  const tags = tagger.tag(written.map((token) => token.text));
  const words: SpokenToken[][] = [];
  let open: SpokenToken[] | undefined;
  for (const [i, { text: whole, spaceAfter }] of written.entries()) {
    const parts = whole.match(PART) ?? [];
    for (const [j, part] of parts.entries()) {
      const tag = tags[i] ?? 'NN';
      const phonemes = markPhonemes(part, tag);
      const token: SpokenToken = { text: part, tag, spaceAfter: spaceAfter && j === parts.length - 1, phonemes };
      if (open !== undefined && phonemes === undefined) open.push(token);
      else words.push((open = [token]));
      if (token.spaceAfter || phonemes !== undefined) open = undefined;
    }
  }
  return words;
}

function markPhonemes(text: string, tag: string): string | undefined {
  if (tag === ':' && (text === '-' || text === '–')) return '—';
  if (!MARK_TAGS.has(tag) || /^[a-z]*$/i.test(text)) return undefined;
  return (
    NAMED_MARKS[tag] ??
    Array.from(text)
      .filter((mark) => SOUNDING.has(mark))
      .join('')
  );
}
