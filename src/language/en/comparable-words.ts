import { LINK, NUMBER_WORDS, THOUSAND } from './number-words.ts';

const IN_FULL: Readonly<Record<string, string>> = {
  "i'd": 'i would',
  "i'm": 'i am',
  "i've": 'i have',
  "i'll": 'i will',
  "you're": 'you are',
  "you've": 'you have',
  "you'll": 'you will',
  "we're": 'we are',
  "we've": 'we have',
  "we'll": 'we will',
  "they're": 'they are',
  "they've": 'they have',
  "he's": 'he is',
  "she's": 'she is',
  "what's": 'what is',
  "where's": 'where is',
  "that's": 'that is',
  "it's": 'it is',
  "there's": 'there is',
  "let's": 'let us',
  "don't": 'do not',
  "doesn't": 'does not',
  "didn't": 'did not',
  "can't": 'can not',
  cannot: 'can not',
  "couldn't": 'could not',
  "wouldn't": 'would not',
  "isn't": 'is not',
  "aren't": 'are not',
  "wasn't": 'was not',
  "won't": 'will not',
  "haven't": 'have not',
  "hasn't": 'has not',
  mr: 'mister',
  mrs: 'missus',
  ok: 'okay',
};

/** Its last number may still become another: "one thousand five" is 1005, or the beginning of 1500. */
export const ENDS_AFTER_THOUSAND = new RegExp(`\\b${THOUSAND} \\w+$`);

/** Contractions in full, each digit of a number for itself. */
export function comparableEnglish(spoken: readonly string[]): string[] {
  const words = spoken.flatMap((word) => (Object.hasOwn(IN_FULL, word) ? (IN_FULL[word] ?? word) : word).split(' '));
  const compared: string[] = [];
  for (let at = 0; at < words.length; ) {
    const { digits, next } = numeralAt(words, at);
    if (digits === '') compared.push(words[at] ?? '');
    else compared.push(...Array.from(digits));
    at = digits === '' ? at + 1 : next;
  }
  return compared;
}

/** The digits of the number that begins there, as they are written: "two hundred and five" is 205, "nineteen eighty" 19. */
function numeralAt(words: readonly string[], from: number): { readonly digits: string; readonly next: number } {
  const first = NUMBER_WORDS.get(words[from] ?? '');
  if (first === undefined || first.kind === 'scale') return { digits: '', next: from };
  let { digits } = first;
  /** Digits that are still to come, zeros unless more is said. */
  let owed = first.kind === 'tens' ? 1 : 0;
  let at = from + 1;
  for (;;) {
    const word = words[at] ?? '';
    const number = NUMBER_WORDS.get(word);
    const second = NUMBER_WORDS.get(words[at + 1] ?? '');
    if (word === LINK && owed >= 2 && second !== undefined) {
      at += 1;
    } else if (number?.kind === 'scale' && !(number.zeros === 2 && owed > 0)) {
      digits += '0'.repeat(owed);
      owed = number.zeros;
      at += 1;
    } else if (number?.kind === 'unit' && owed === 3 && second?.kind === 'scale' && second.zeros === 2) {
      digits += number.digits;
      owed = 2;
      at += 2;
    } else {
      const width = number === undefined || number.kind === 'scale' ? Infinity : number.kind === 'unit' ? 1 : 2;
      if (number === undefined || number.kind === 'scale' || owed < width) break;
      digits += '0'.repeat(owed - width) + number.digits;
      owed = number.kind === 'tens' ? 1 : 0;
      at += 1;
    }
  }
  return { digits: digits + '0'.repeat(owed), next: at };
}
