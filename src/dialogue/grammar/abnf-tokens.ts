import { grammarError, type Position } from '../../grammar/model/grammar-error.ts';

export interface AbnfToken {
  readonly kind: 'word' | 'quoted' | 'rule' | 'uri' | 'repeat' | 'tag' | 'mark' | 'end';
  /** Without its delimiters. */
  readonly text: string;
  readonly at: Position;
}

/** Tried in this order at each place; the first group is the text. Sources: SRGS 1.0 appendix D. */
const PATTERNS: readonly (readonly [AbnfToken['kind'] | 'blank', RegExp])[] = [
  ['blank', /((?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+)/y],
  ['uri', /\$<([^<>]*)>/y],
  ['rule', /\$([\p{L}_][\p{L}\p{N}_-]*)/uy],
  ['tag', /\{!\{([\s\S]*?)\}!\}/y],
  ['tag', /\{([^{}]*)\}/y],
  ['repeat', /<\s*(\d+(?:\s*-\s*\d*)?)\s*>/y],
  ['quoted', /"([^"\n]*)"/y],
  ['mark', /([;=|()[\]])/y],
  ['word', /([^\s;=|()[\]<>$"{}/]+)/uy],
];

/** @throws IvrError GRAMMAR_INVALID at the first character that begins no token */
export function abnfTokens(file: string, text: string, from: number): AbnfToken[] {
  const lineStarts = [0];
  for (let i = 0; i < text.length; i++) if (text[i] === '\n') lineStarts.push(i + 1);
  let line = 0;
  const position = (offset: number): Position => {
    while ((lineStarts[line + 1] ?? Number.POSITIVE_INFINITY) <= offset) line++;
    return { line: line + 1, column: offset - (lineStarts[line] ?? 0) + 1 };
  };
  const tokens: AbnfToken[] = [];
  let offset = from;
  scan: while (offset < text.length) {
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = offset;
      const found = pattern.exec(text);
      if (found === null) continue;
      if (kind !== 'blank') tokens.push({ kind, text: found[1] ?? '', at: position(offset) });
      offset += found[0].length;
      continue scan;
    }
    throw grammarError(
      file,
      position(offset),
      `expected a word, $rule, {tag}, <repeat> or one of ; = | ( ) [ ], found ${JSON.stringify(text[offset])}`,
    );
  }
  tokens.push({ kind: 'end', text: 'the end of the file', at: position(text.length) });
  return tokens;
}
