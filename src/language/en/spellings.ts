/* English words that are written in more than one way. */

/** What sounds alike and may stand for it. */
export const VARIANTS: Readonly<Record<string, readonly string[]>> = {
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

/** Two words → one. */
export const CONTRACTIONS: Readonly<Record<string, string>> = {
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

/** Spelled in capitals. */
export const ACRONYMS = new Set([
  'atm',
  'pin',
  'id',
  'otp',
  'cvv',
  'iban',
  'swift',
  'sms',
  'usd',
  'tv',
  'pc',
  'us',
  'uk',
]);
