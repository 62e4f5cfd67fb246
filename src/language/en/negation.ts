/* How people say that something is not to be done: "do not hang up", "I would rather not speak to a person". */

/** Contracted negations in full: "don't" is "do not". "Can't" stays: who cannot is not against it. */
export const withoutContractions = (text: string): string =>
  text.replaceAll(/\b(do|does|did|would)n't\b/g, '$1 not').replaceAll(/\bwon't\b/g, 'will not');

/** What makes of a following "not" that something is not to be done; "can I not" asks for it. */
const BEFORE_NOT = new Set(['do', 'would', 'will', 'rather', 'please', 'but', 'better', 'and']);

/** Whether the word begins a negation of what follows; "why don't you" asks for it. */
export function negates(words: readonly string[], at: number): boolean {
  if (words[at] === 'never') return true;
  return words[at] === 'not' && (at === 0 || BEFORE_NOT.has(words[at - 1] ?? '')) && words[at - 2] !== 'why';
}

/** What may stand between a negation and what is not to be done. */
export const BEHIND_NEGATION: readonly string[] = [
  'want',
  'need',
  'wish',
  'like',
  'to',
  'you',
  'me',
  'be',
  'have',
  'the',
  'a',
  'an',
  'any',
  'ever',
  'just',
  'please',
  'go',
];
