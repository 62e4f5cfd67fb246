/*
 * What people who write YAML by hand most often mean. The parser says what it did not expect; this says what to write.
 */

/** @param offset - where the parser found it. @returns what to write instead; it quotes nothing of the text */
export function yamlHint(code: string, text: string, offset: number): string | undefined {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces';
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'BLOCK_IN_FLOW':
      return colonWithin(text, offset)
        ? "a text with a colon and a space in it needs quotes: say: 'Hours: nine to five'"
        : 'the lines of one mapping begin in the same column';
    case 'MULTILINE_IMPLICIT_KEY':
      return 'a key is followed by a colon and a space, and the keys of one mapping begin in the same column';
    case 'BAD_INDENT':
      return 'the lines of one mapping begin in the same column';
    case 'BAD_ALIAS':
      return "a text that begins with * or & needs quotes: '*'";
    case 'BAD_SCALAR_START':
      return 'a text that begins with this character needs quotes';
    case 'UNEXPECTED_TOKEN':
      return startsCollection(text, offset)
        ? "a text that begins with { or [ needs quotes: '{{name}}, welcome'"
        : quotedBefore(text, offset)
          ? "a text in quotes ends at the next quote: write '' for one in a text, or use the other kind of quotes"
          : undefined;
    case 'MISSING_CHAR':
      return 'what a quote, { or [ opens has to be closed';
    default:
      return undefined;
  }
}

/** Of the line, what is looked at on either side. */
const NEAR = 300;

const lineAround = (text: string, offset: number): readonly [before: string, after: string] => [
  text.slice(Math.max(0, offset - NEAR), offset).replace(/^[^]*\n/, ''),
  text.slice(offset, offset + NEAR).replace(/\n[^]*$/, ''),
];

/** `key: some text: more`, with the parser at "some". */
function colonWithin(text: string, offset: number): boolean {
  const [before, after] = lineAround(text, offset);
  return /:\s+$|[,{]\s*[\w-]+:\s+$/.test(before) && /:(?:\s|$)/.test(after);
}

/** `key: {{name}} and more`, with the parser behind the brackets. */
const startsCollection = (text: string, offset: number): boolean =>
  /:\s+[[{][^\n]*[\]}]\s*$/.test(lineAround(text, offset)[0]);

/** `key: 'it's'`, with the parser behind the second quote. */
const quotedBefore = (text: string, offset: number): boolean =>
  /:\s+(['"])[^\n]*\1\s*$/.test(lineAround(text, offset)[0]);
