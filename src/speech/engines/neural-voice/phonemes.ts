/* The phonemes of the voice: IPA in which each diphthong and affricate is one character (A = eɪ, I = aɪ, O = oʊ, W = aʊ, Y = ɔɪ, ʤ = dʒ, ʧ = tʃ). */

const PRIMARY = 'ˈ';
const SECONDARY = 'ˌ';
const VOWELS = new Set('AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ');
const CONSONANTS = new Set('bdfhjklmnpstvwzðŋɡɹɾʃʒʤʧθ');
/** Said longer than others. */
const LONG = new Set('AIOQWYʤʧ');

/** Between none at all and always primary, as the lexicon's rules ask for it. */
export type Stress = -2 | -1 | -0.5 | 0 | 0.5 | 1 | 2;

export const isVowel = (phoneme: string): boolean => VOWELS.has(phoneme);
export const isConsonant = (phoneme: string): boolean => CONSONANTS.has(phoneme);
export const hasPrimaryStress = (phonemes: string): boolean => phonemes.includes(PRIMARY);

/** How heavy a word is among the parts of a compound. */
export const stressWeight = (phonemes: string): number =>
  Array.from(phonemes).reduce((weight, phoneme) => weight + (LONG.has(phoneme) ? 2 : 1), 0);

/** The last secondary stress becomes the primary one: initials are stressed on the last letter. */
export function stressLast(phonemes: string): string {
  const at = phonemes.lastIndexOf(SECONDARY);
  return at < 0 ? phonemes : phonemes.slice(0, at) + PRIMARY + phonemes.slice(at + 1);
}

/** Strengthens or weakens the stress of a word (rules of misaki 0.9.4). */
export function applyStress(phonemes: string, stress: Stress | undefined): string {
  if (stress === undefined) return phonemes;
  const primary = phonemes.includes(PRIMARY);
  const secondary = phonemes.includes(SECONDARY);
  if (stress === -2) return phonemes.replaceAll(PRIMARY, '').replaceAll(SECONDARY, '');
  if (stress === -1 || (primary && (stress === 0 || stress === -0.5)))
    return phonemes.replaceAll(SECONDARY, '').replaceAll(PRIMARY, SECONDARY);
  if (!primary && !secondary) {
    if (stress === -0.5 || !Array.from(phonemes).some(isVowel)) return phonemes;
    return beforeVowel((stress === 2 ? PRIMARY : SECONDARY) + phonemes);
  }
  return stress >= 1 && !primary ? phonemes.replaceAll(SECONDARY, PRIMARY) : phonemes;
}

/** Moves a mark at the beginning to where it belongs: right before the first vowel. */
function beforeVowel(marked: string): string {
  const [mark = '', ...rest] = Array.from(marked);
  const at = rest.findIndex(isVowel);
  return [...rest.slice(0, at), mark, ...rest.slice(at)].join('');
}
