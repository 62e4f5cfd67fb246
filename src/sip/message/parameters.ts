import { isToken } from './token.ts';

/** `;name=value` parts. Names in lower case; a quoted value keeps its quotes; a flag such as `lr` has the value ''. */
export type Parameters = ReadonlyMap<string, string>;

export const NO_PARAMETERS: Parameters = new Map();

/**
 * Parses `;a=1;b="x;y" ; c` to the end of the text; spaces may stand around ';' and '=' (RFC 3261 section 25.1).
 *
 * @param from - where in `text` the first ';' is looked for
 * @returns undefined when anything else stands there. Of a parameter given twice the first is kept. Linear; never throws.
 */
export function parseParameters(text: string, from = 0): Parameters | undefined {
  let at = skipSpace(text, from);
  if (at === text.length) return NO_PARAMETERS;
  const parameters = new Map<string, string>();
  while (at < text.length) {
    if (text[at] !== ';') return undefined;
    at = skipSpace(text, at + 1);
    const nameEnd = endOfWord(text, at);
    const name = text.slice(at, nameEnd).toLowerCase();
    if (!isParameterName(name)) return undefined;
    at = skipSpace(text, nameEnd);
    let value = '';
    if (text[at] === '=') {
      at = skipSpace(text, at + 1);
      const valueEnd = text[at] === '"' ? endOfQuoted(text, at) : endOfWord(text, at);
      if (valueEnd === undefined) return undefined;
      value = text.slice(at, valueEnd);
      at = skipSpace(text, valueEnd);
    }
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}

/** ';a=1;lr' */
export function formatParameters(parameters: Parameters): string {
  let text = '';
  for (const [name, value] of parameters) text += value === '' ? `;${name}` : `;${name}=${value}`;
  return text;
}

/** Where the quoted string that begins at `from` has ended; undefined when it never does. */
export function endOfQuoted(text: string, from: number): number | undefined {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i + 1;
  }
  return undefined;
}

export function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

const ENDS_WORD = new Set([';', '=', ' ', '\t', ',', '"', '<', '>']);

function endOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && !ENDS_WORD.has(text[at] ?? '')) at++;
  return at;
}

/** A token, or with the few characters more that URI parameters may hold ("[", "]", "/", ":", "&", "$"). */
const isParameterName = (name: string): boolean => isToken(name) || /^[A-Za-z0-9\-.!%*_+`'~[\]/:&$()]+$/.test(name);
