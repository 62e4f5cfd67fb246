import { ACRONYMS, CONTRACTIONS, VARIANTS } from '../../../language/en/spellings.ts';

/* How Whisper writes a word that a grammar spells in lower case. Observed, not documented: it punctuates and capitalises. */

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/**
 * Lower case, capitalised (sentences, names, months), capitals for what is spelled out, and known variants.
 *
 * @param authored - how the grammar's author spelled the word
 */
export function spellingsOf(word: string, authored: readonly string[] = []): readonly string[] {
  const forms = new Set<string>(authored.map((form) => form.normalize('NFKC').replaceAll('’', "'")));
  for (const form of [word, ...(Object.hasOwn(VARIANTS, word) ? (VARIANTS[word] ?? []) : [])]) {
    forms.add(form);
    forms.add(capitalised(form));
    if (/^[a-z]$/.test(form) || ACRONYMS.has(form)) forms.add(form.toUpperCase());
  }
  return [...forms];
}

/** ('what', 'is') → "what's", or nothing. */
export function contractionOf(first: string, second: string): string | undefined {
  const pair = `${first} ${second}`;
  return Object.hasOwn(CONTRACTIONS, pair) ? CONTRACTIONS[pair] : undefined;
}
