import { INFIX, PREFIX, SUFFIX } from './tokenizer-rules.ts';

/** A word or mark, and whether a space follows. */
export interface WrittenToken {
  readonly text: string;
  readonly spaceAfter: boolean;
}

/** Contractions and abbreviations with their parts, as the voice's package lists them: "don't" → do, n't. */
export type TokenizerExceptions = ReadonlyMap<string, readonly string[]>;

/** Cuts text into words and marks as the part-of-speech tagger was trained on them. */
export function tokenize(text: string, exceptions: TokenizerExceptions): WrittenToken[] {
  const tokens: WrittenToken[] = [];
  for (const found of text.matchAll(/\S+/gu)) {
    const parts = tokensOf(found[0], exceptions);
    const spaceAfter = found.index + found[0].length < text.length;
    for (const [i, part] of parts.entries())
      tokens.push({ text: part, spaceAfter: spaceAfter && i === parts.length - 1 });
  }
  return tokens;
}

function tokensOf(word: string, exceptions: TokenizerExceptions): readonly string[] {
  const known = exceptions.get(word);
  if (known !== undefined) return known;
  const { prefixes, core, suffixes } = peel(word, exceptions);
  const tokens = [...prefixes, ...(core === '' ? [] : (exceptions.get(core) ?? cutInside(core))), ...suffixes];
  return tokens.length > 1 ? rejoin(tokens, exceptions) : tokens;
}

interface Peeled {
  readonly prefixes: readonly string[];
  readonly core: string;
  readonly suffixes: readonly string[];
}

/** Takes marks off both ends until a word is left. */
function peel(word: string, exceptions: TokenizerExceptions): Peeled {
  const prefixes: string[] = [];
  const suffixes: string[] = [];
  let core = word;
  for (let before = -1; core !== '' && core.length !== before && !exceptions.has(core); ) {
    before = core.length;
    const prefix = PREFIX.exec(core)?.[0] ?? '';
    const withoutPrefix = core.slice(prefix.length);
    if (prefix !== '' && exceptions.has(withoutPrefix)) {
      prefixes.push(prefix);
      core = withoutPrefix;
      break;
    }
    const suffix = SUFFIX.exec(withoutPrefix)?.[0] ?? '';
    const withoutSuffix = core.slice(0, core.length - suffix.length);
    if (suffix !== '' && exceptions.has(withoutSuffix)) {
      suffixes.unshift(suffix);
      core = withoutSuffix;
      break;
    }
    if (prefix !== '') prefixes.push(prefix);
    if (suffix !== '') suffixes.unshift(suffix);
    core = core.slice(prefix.length, core.length - suffix.length);
  }
  return { prefixes, core, suffixes };
}

function cutInside(word: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (const { index, 0: mark } of word.matchAll(INFIX)) {
    if (index === 0 || mark === '') continue;
    if (index > start) parts.push(word.slice(start, index));
    parts.push(mark);
    start = index + mark.length;
  }
  if (start < word.length) parts.push(word.slice(start));
  return parts;
}

/** What was cut but is known as a whole: two or three tokens that join to an exception. */
function rejoin(tokens: readonly string[], exceptions: TokenizerExceptions): string[] {
  const joined: string[] = [];
  for (let at = 0; at < tokens.length; ) {
    const size = [3, 2].find(
      (count) => at + count <= tokens.length && exceptions.has(tokens.slice(at, at + count).join('')),
    );
    if (size === undefined) joined.push(tokens[at++] ?? '');
    else {
      joined.push(...(exceptions.get(tokens.slice(at, at + size).join('')) ?? []));
      at += size;
    }
  }
  return joined;
}
