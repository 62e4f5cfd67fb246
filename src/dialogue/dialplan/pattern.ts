import { RE2JS } from 're2js';

/** What a slot's value must match as a whole. */
export interface Pattern {
  matches(value: string): boolean;
}

/** Most instructions of a compiled pattern: matching takes at most this many steps for each character of a value. */
const MOST_INSTRUCTIONS = 1_000;
const MOST_CHARACTERS = 500;

/** What people write that takes more than linear time, or is written otherwise in RE2. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/\\[1-9]|\\k</, 'a pattern without references to what a group has matched (such as \\1)'],
  [/\(\?<?[=!]/, 'a pattern without looking ahead or behind ((?=…), (?!…), (?<=…), (?<!…))'],
  [/\(\?>|[*+?}]\+/, 'a pattern without atomic groups or possessive repeats'],
];

/**
 * Compiles a pattern in RE2's syntax (https://github.com/google/re2/wiki/Syntax), which is matched in linear time whatever
 * it and the value are.
 *
 * @returns the pattern, or what was expected instead
 */
export function compilePattern(text: string): Pattern | string {
  if (text.length > MOST_CHARACTERS) return `a pattern of at most ${MOST_CHARACTERS} characters`;
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(text);
  } catch (thrown) {
    const elsewhere = ELSEWHERE.find(([found]) => found.test(text))?.[1];
    if (elsewhere !== undefined) return `${elsewhere}: patterns are matched in linear time`;
    const because = thrown instanceof Error ? thrown.message.replace(/^error parsing regexp: /, '') : 'unreadable';
    return `a pattern in RE2's syntax (${because})`;
  }
  if (compiled.programSize() > MOST_INSTRUCTIONS)
    return `a pattern with fewer repeats: it is too large when they are written out`;
  return { matches: (value) => compiled.testExact(value) };
}
