import type { Position } from '../model/grammar-error.ts';
import type { GrammarDraft } from './grammar-draft.ts';

export interface AbnfToken {
  readonly kind:
    | 'word'
    | 'quoted'
    | 'rule'
    | 'reference'
    | 'uri'
    | 'media'
    | 'language'
    | 'weight'
    | 'repeat'
    | 'tag'
    | 'mark'
    | 'end';
  /** Without its delimiters. */
  readonly text: string;
  readonly at: Position;
}

const LONG_TAG = /\{!\{([^]*?)\}!\}/y;

/**
 * Tried in this order at each place; the first group is the text. Each takes time in proportion to what it looks at: no two parts
 * that repeat could take the same characters. Source: SRGS 1.0, appendix D.
 */
const PATTERNS: readonly (readonly [AbnfToken['kind'] | 'blank', RegExp])[] = [
  ['blank', /(\s+|\/\/[^\n]*|\/\*[^]*?\*\/)/y],
  ['reference', /\$<([^<>\n]*)>/y],
  ['rule', /\$([^\s;=|()[\]<>${}"'/!~*+]+)/y],
  ['tag', LONG_TAG],
  ['tag', /\{([^}]*)\}/y],
  ['weight', /\/\s*([\d.]+)\s*\//y],
  ['repeat', /<\s*(\d+\s*(?:-\s*(?:\d+\s*)?)?(?:\/[^/<>]*\/\s*)?)>/y],
  ['media', /~\s*<([^<>\n]*)>/y],
  ['uri', /<([^<>\n]*)>/y],
  ['language', /!([A-Za-z][\w-]*)/y],
  ['quoted', /"([^"]*)"/y],
  ['quoted', /'([^'\n]*)'(?=\s+is\b|\s*;)/y],
  ['mark', /([;=|()[\]])/y],
  ['word', /([^\s;=|()[\]<>${}"/!~]+)/y],
];

/** Most of a grammar is words: they are looked for first where nothing else can begin. */
const WORD = /([^\s;=|()[\]<>${}"'/!~][^\s;=|()[\]<>${}"/!~]*)[ \t]*/y;

/** What begins no token is reported and left out. The last token is 'end'. */
export function abnfTokens(draft: GrammarDraft, text: string, from: number): AbnfToken[] {
  const tokens: AbnfToken[] = [];
  let line = 1;
  let lineStart = 0;
  let counted = 0;
  const position = (offset: number): Position => {
    for (; counted < offset; counted++)
      if (text.charCodeAt(counted) === 10) {
        line += 1;
        lineStart = counted + 1;
      }
    return { line, column: offset - lineStart + 1 };
  };
  // behind the last of them, none is looked for to the end of the file at each '{!{'
  const lastLongTag = text.lastIndexOf('}!}');
  let offset = from;
  scan: while (offset < text.length) {
    WORD.lastIndex = offset;
    const word = WORD.exec(text);
    if (word !== null) {
      tokens.push({ kind: 'word', text: word[1] ?? '', at: position(offset) });
      offset = WORD.lastIndex;
      continue;
    }
    for (const [kind, pattern] of PATTERNS) {
      if (pattern === LONG_TAG && offset > lastLongTag) continue;
      pattern.lastIndex = offset;
      const found = pattern.exec(text);
      if (found === null) continue;
      if (kind !== 'blank') tokens.push({ kind, text: found[1] ?? '', at: position(offset) });
      offset += found[0].length;
      continue scan;
    }
    const found = JSON.stringify(String.fromCodePoint(text.codePointAt(offset) ?? 0));
    draft.problem(
      position(offset),
      `expected a token, $rule, {tag}, <repeat>, /weight/ or one of ; = | ( ) [ ], found ${found}; quote it ("…") if it is spoken`,
    );
    if (draft.isFull) break;
    offset += 1;
  }
  tokens.push({ kind: 'end', text: 'the end of the file', at: position(text.length) });
  return tokens;
}
