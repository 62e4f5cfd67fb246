/* Endings of English words: from the sound of a stem to that of its plural, past and -ing form, in American English. */

/** Before these a 't' becomes a flap: 'getting', 'started'. */
const BEFORE_FLAP = new Set('AIOWYiuæɑəɛɪɹʊʌ');

const last = (phonemes: string): string => phonemes.at(-1) ?? '';

export function withS(stem: string): string {
  if ('ptkfθ'.includes(last(stem))) return `${stem}s`;
  return 'szʃʒʧʤ'.includes(last(stem)) ? `${stem}ᵻz` : `${stem}z`;
}

export function withEd(stem: string): string {
  if ('pkfθʃsʧ'.includes(last(stem))) return `${stem}t`;
  if (last(stem) === 'd') return `${stem}ᵻd`;
  if (last(stem) !== 't') return `${stem}d`;
  if (stem.length < 2) return `${stem}ɪd`;
  return endsInFlap(stem) ? `${stem.slice(0, -1)}ɾᵻd` : `${stem}ᵻd`;
}

export const withIng = (stem: string): string => (endsInFlap(stem) ? `${stem.slice(0, -1)}ɾɪŋ` : `${stem}ɪŋ`);

const endsInFlap = (stem: string): boolean => last(stem) === 't' && BEFORE_FLAP.has(stem.at(-2) ?? '');

/** Stems that a word may be a plural, possessive or third person of, the likeliest first; the first known one counts. */
export function stemsOfS(word: string): readonly string[] {
  if (word.length < 3 || !word.endsWith('s')) return [];
  const stems: string[] = [];
  if (!word.endsWith('ss')) stems.push(word.slice(0, -1));
  if (word.endsWith("'s") || (word.length > 4 && word.endsWith('es') && !word.endsWith('ies')))
    stems.push(word.slice(0, -2));
  if (word.length > 4 && word.endsWith('ies')) stems.push(`${word.slice(0, -3)}y`);
  return stems;
}

/** The same for the past tense. */
export function stemsOfEd(word: string): readonly string[] {
  if (word.length < 4 || !word.endsWith('d')) return [];
  const stems: string[] = [];
  if (!word.endsWith('dd')) stems.push(word.slice(0, -1));
  if (word.length > 4 && word.endsWith('ed') && !word.endsWith('eed')) stems.push(word.slice(0, -2));
  return stems;
}

/** The same for -ing. */
export function stemsOfIng(word: string): readonly string[] {
  if (word.length < 5 || !word.endsWith('ing')) return [];
  const stem = word.slice(0, -3);
  const stems = word.length > 5 ? [stem] : [];
  stems.push(`${stem}e`);
  if (word.length > 5 && /([bcdgklmnprstvxz])\1ing$|cking$/.test(word)) stems.push(word.slice(0, -4));
  return stems;
}
