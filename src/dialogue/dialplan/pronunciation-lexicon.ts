import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { Position } from '../../grammar/model/grammar-error.ts';

/** How written words are said: "GmbH" → "G M B H". Longest first. */
export interface PronunciationLexicon {
  /** As the file has it: 'en-US'. */
  readonly language: string;
  readonly say: (text: string) => string;
}

/** What is wrong with a lexicon, and where. */
export class LexiconFault extends Error {
  override readonly name = 'LexiconFault';
  readonly at: Position;

  constructor(at: Position, message: string) {
    super(message);
    this.at = at;
  }
}

const NAMESPACE = 'http://www.w3.org/2005/01/pronunciation-lexicon';
const ELEMENTS = new Set(['lexicon', 'lexeme', 'grapheme', 'alias', 'phoneme', 'example', 'meta', 'metadata']);
/** Each prompt is searched for every one of them. */
const MOST_GRAPHEMES = 2_000;
const LONGEST_TEXT = 200;

/**
 * Reads a W3C Pronunciation Lexicon (PLS 1.0): `<lexeme>` with one or more `<grapheme>` and an `<alias>`, which is what is
 * said instead. `<phoneme>` is refused rather than silently ignored: none of the voices reads it.
 *
 * @throws LexiconFault the first thing that is wrong
 */
export function parseLexicon(xml: string): PronunciationLexicon {
  const parser = new SaxesParser();
  const at = (): Position => ({ line: parser.line, column: Math.max(1, parser.column) });
  const aliases = new Map<string, string>();
  let fault: LexiconFault | undefined;
  const refuse = (message: string): void => {
    fault ??= new LexiconFault(at(), message);
  };
  let language = '';
  let depth = 0;
  let text = '';
  let graphemes: string[] = [];
  let alias: string | undefined;
  parser.on('error', (error) => refuse(error.message.replace(/^\d+:\d+: /, '')));
  parser.on('doctype', () => refuse('expected no DOCTYPE'));
  parser.on('opentag', ({ name, attributes }: SaxesTagPlain) => {
    depth++;
    text = '';
    if (!ELEMENTS.has(name)) refuse(`expected an element of PLS 1.0, found <${name}>`);
    if ((depth === 1) !== (name === 'lexicon')) refuse('expected <lexicon> around everything');
    if (name === 'lexicon') {
      if (attributes['xmlns'] !== NAMESPACE) refuse(`expected xmlns="${NAMESPACE}"`);
      if (attributes['version'] !== '1.0') refuse('expected version="1.0"');
      language = attributes['xml:lang'] ?? '';
      if (language === '') refuse('expected xml:lang, the language of the dialplan');
    } else if (name === 'lexeme') {
      graphemes = [];
      alias = undefined;
    } else if (name === 'phoneme')
      refuse('expected <alias>: phonemes are not read; write the pronunciation in ordinary words');
  });
  parser.on('text', (piece) => {
    text += piece;
  });
  parser.on('closetag', ({ name }) => {
    depth--;
    const content = text.replace(/\s+/g, ' ').trim();
    if (content.length > LONGEST_TEXT) refuse(`expected at most ${LONGEST_TEXT} characters in <${name}>`);
    if ((name === 'grapheme' || name === 'alias') && content === '') refuse(`expected words in <${name}>`);
    if (name === 'grapheme') graphemes.push(content.normalize('NFC'));
    else if (name === 'alias')
      alias ??= content; // of several the first counts (PLS 1.0, 4.9.3)
    else if (name === 'lexeme') {
      if (graphemes.length === 0 || alias === undefined) refuse('expected <grapheme> and <alias> in <lexeme>');
      for (const grapheme of graphemes) if (!aliases.has(grapheme)) aliases.set(grapheme, alias ?? '');
      if (aliases.size > MOST_GRAPHEMES) refuse(`expected at most ${MOST_GRAPHEMES} graphemes`);
    }
    text = '';
  });
  parser.write(xml).close();
  if (fault !== undefined) throw fault;
  return { language, say: replacing(aliases) };
}

/** Whole words and phrases, in the case they are written in; where several fit, the longest. */
function replacing(aliases: ReadonlyMap<string, string>): (text: string) => string {
  if (aliases.size === 0) return (text) => text;
  const graphemes = [...aliases.keys()].toSorted((a, b) => b.length - a.length);
  const escaped = graphemes.map((grapheme) => grapheme.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replaceAll(' ', '\\s+'));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})(?![\\p{L}\\p{N}])`, 'gu');
  return (text) => text.normalize('NFC').replace(pattern, (found) => aliases.get(found.replace(/\s+/g, ' ')) ?? found);
}
