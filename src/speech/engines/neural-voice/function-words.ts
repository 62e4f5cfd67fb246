import type { Stress } from './phonemes.ts';

/** What follows a word, as far as its own sound depends on it. */
export interface Following {
  /** Whether the next sound is a vowel; undefined before a pause and at the end. */
  readonly vowel: boolean | undefined;
  /** Whether the next word is 'to'. */
  readonly to: boolean;
}

/** How little words sound where they stand; undefined: not one of them, or like its entry in the lexicon. */
export type FunctionWord =
  | { readonly phonemes: string }
  /** Letter by letter. */
  | { readonly spell: true }
  | { readonly like: string; readonly partOfSpeech?: string; readonly stress?: Stress };

/**
 * 'the', 'a', 'to', 'in', 'used' and the like: weak or strong by what follows (rules of misaki 0.9.4).
 *
 * @param tag - part of speech, Penn Treebank
 */
export function functionWord(
  word: string,
  tag: string,
  stress: Stress | undefined,
  { vowel, to }: Following,
): FunctionWord | undefined {
  const spelled = word.replace(/^\.+|\.+$/g, '').includes('.') && /^[\p{L}.]+$/u.test(word);
  if (spelled && Math.max(...word.split('.').map((part) => part.length)) < 3) return { spell: true };
  switch (word.toLowerCase()) {
    case 'a':
      return { phonemes: tag === 'DT' ? 'ɐ' : 'ˈA' };
    case 'am':
      if (word === 'aM') return undefined;
      if (tag.startsWith('NN')) return { spell: true };
      return vowel === undefined || word !== 'am' || (stress ?? 0) > 0 ? { like: 'am' } : { phonemes: 'ɐm' };
    case 'an':
      if (word === 'aN') return undefined;
      return word === 'AN' && tag.startsWith('NN') ? { spell: true } : { phonemes: 'ɐn' };
    case 'i':
      return word === 'I' && tag === 'PRP' ? { phonemes: 'ˌI' } : undefined;
    case 'by':
      return tag.startsWith('RB') || tag.startsWith('ADV') ? { phonemes: 'bˈI' } : undefined;
    case 'to':
      if (word === 'TO' && tag !== 'TO' && tag !== 'IN') return undefined;
      return vowel === undefined ? { like: 'to' } : { phonemes: vowel ? 'tʊ' : 'tə' };
    case 'in':
      if (word === 'IN' && tag === 'NNP') return undefined;
      return { phonemes: vowel === undefined || tag !== 'IN' ? 'ˈɪn' : 'ɪn' };
    case 'the':
      if (word === 'THE' && tag !== 'DT') return undefined;
      return { phonemes: vowel === true ? 'ði' : 'ðə' };
    case 'used':
      return { like: 'used', partOfSpeech: (tag === 'VBD' || tag === 'JJ') && to ? 'VBD' : 'DEFAULT' };
    default:
      return undefined;
  }
}
