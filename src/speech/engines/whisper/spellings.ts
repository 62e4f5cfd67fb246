/* How Whisper writes a word that a grammar spells in lower case. Observed, not documented: it punctuates and capitalises. */

const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  okay: ['ok', 'OK'],
  ok: ['okay', 'OK'],
  goodbye: ['good bye', 'good-bye'],
  bye: ['by'],
  yeah: ['yea'],
  yep: ['yup'],
  cheque: ['check'],
  check: ['cheque'],
  oh: ['o'],
  "i'd": ['i would'],
  "i'm": ['i am'],
  "i've": ['i have'],
  "i'll": ['i will'],
  "what's": ['what is'],
  "where's": ['where is'],
  "that's": ['that is'],
  "it's": ['it is'],
  "there's": ['there is'],
  "don't": ['do not'],
  "didn't": ['did not'],
  "can't": ['cannot', 'can not'],
  "isn't": ['is not'],
  "won't": ['will not'],
  "haven't": ['have not'],
};

const CONTRACTIONS: Readonly<Record<string, string>> = {
  'i would': "i'd",
  'i am': "i'm",
  'i have': "i've",
  'i will': "i'll",
  'what is': "what's",
  'where is': "where's",
  'that is': "that's",
  'it is': "it's",
  'there is': "there's",
  'do not': "don't",
  'did not': "didn't",
  'can not': "can't",
  'is not': "isn't",
  'will not': "won't",
  'have not': "haven't",
};

const ACRONYMS = new Set(['atm', 'pin', 'id', 'otp', 'cvv', 'iban', 'swift', 'sms', 'usd', 'tv', 'pc', 'us', 'uk']);

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
