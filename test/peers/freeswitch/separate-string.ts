/*
 * How FreeSWITCH takes an API command's arguments apart: a port of switch_separate_string and its helpers
 * (switch_utils.c), since it is what breaks unescaped metadata (captures ws-misc: apostrophe, backslash, pipe).
 */

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', s: ' ' };

/**
 * @param text - with `^^|` in front the delimiter is `|`
 * @param limit - arguments at most; the last one keeps the rest
 * @returns arguments without quotes and escapes; a delimiter at the very end makes no empty argument
 */
export function separateString(text: string, limit: number): string[] {
  let delimiter = ' ';
  let rest = text;
  if (rest.startsWith('^^') && rest.length > 3) {
    delimiter = rest.charAt(2);
    rest = rest.slice(3);
  }
  const raw = delimiter === ' ' ? byBlanks(rest, limit) : byCharacter(rest, delimiter, limit);
  return raw.map((each) => cleanUp(each, delimiter === ' ' ? '' : delimiter));
}

function byCharacter(text: string, delimiter: string, limit: number): string[] {
  const found: string[] = [];
  let begin = 0;
  let at = 0;
  let quoted = false;
  let open = false;
  while (at < text.length && (found.length < limit - 1 || !open)) {
    if (!open) {
      begin = at;
      open = true;
      continue;
    }
    const character = text.charAt(at);
    if (character === '\\') at++;
    else if (character === "'" && (quoted || text.includes("'", at + 1))) quoted = !quoted;
    else if (character === delimiter && !quoted) {
      found.push(text.slice(begin, at));
      open = false;
    }
    at++;
  }
  if (open) found.push(text.slice(begin));
  return found;
}

function byBlanks(text: string, limit: number): string[] {
  const found: string[] = [];
  let at = 0;
  let quoted = false;
  while (at < text.length && found.length < limit) {
    const begin = at;
    while (text.charAt(at) === ' ') at++;
    for (; at < text.length; at++) {
      const character = text.charAt(at);
      if (character === '\\') at++;
      else if (character === "'") quoted = !quoted;
      else if (character === ' ' && !quoted) break;
    }
    found.push(found.length === limit - 1 ? text.slice(begin) : text.slice(begin, at));
    while (text.charAt(at) === ' ') at++;
  }
  return found;
}

function cleanUp(text: string, delimiter: string): string {
  let cleaned = '';
  let end = -1;
  let quoted = false;
  const begin = text.length - text.replace(/^ +/, '').length;
  for (let at = begin; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') {
      const next = text.charAt(at + 1);
      const literal = next === "'" || next === '"' || next === '\\' || (delimiter !== '' && next === delimiter);
      const escaped = literal ? next : ESCAPES[next];
      if (escaped !== undefined) {
        cleaned += escaped;
        end = cleaned.length;
        at++;
        continue;
      }
    }
    if (character === "'" && (quoted || text.includes("'", at + 1))) {
      quoted = !quoted;
      if (quoted) end = cleaned.length;
      continue;
    }
    cleaned += character;
    if (character !== ' ' || quoted) end = cleaned.length;
  }
  return end < 0 ? cleaned : cleaned.slice(0, end);
}
