import type { Following } from './function-words.ts';
import type { Lexicon } from './lexicon.ts';
import type { PartOfSpeechTagger } from './part-of-speech-tagger.ts';
import { applyStress, hasPrimaryStress, isConsonant, isVowel, stressWeight } from './phonemes.ts';
import { type SpokenToken, spokenWords } from './spoken-tokens.ts';
import type { TokenizerExceptions } from './tokenizer.ts';
import { isAlphabetic, isLower } from './word-shapes.ts';

export interface PhonemizerParts {
  readonly exceptions: TokenizerExceptions;
  readonly tagger: PartOfSpeechTagger;
  readonly lexicon: Lexicon;
  /** Guesses how a word sounds that the lexicon does not know; empty when it cannot. */
  readonly guess: (word: string) => Promise<string>;
}

/** Marks inside a word that make no sound. */
const SILENT = /^[',\-._‘’/]*$/;
const PAUSES = new Set(';:,.!?—…');
const AT_THE_END: Following = { vowel: undefined, to: false };

/** A token with its sound; `apart`: a little gap before it. */
interface Sounding {
  readonly token: SpokenToken;
  phonemes: string | undefined;
  apart: boolean;
}

/**
 * English words to phonemes (rules of misaki 0.9.4). Reads from the end: how 'the' and 'to' sound depends on what follows.
 *
 * @param text - plain words: numbers, amounts and dates are spelled out
 */
export async function phonemize(text: string, parts: PhonemizerParts): Promise<string> {
  const words = spokenWords(text, parts.exceptions, parts.tagger);
  const sounds: string[] = [];
  let following = AT_THE_END;
  for (const word of words.toReversed()) {
    const sounding = word.map((token): Sounding => ({ token, phonemes: token.phonemes, apart: false }));
    following = await pronounce(sounding, following, parts);
    sounds.push(joined(sounding) + (word.at(-1)?.spaceAfter === true ? ' ' : ''));
  }
  return sounds.toReversed().join('').replaceAll('ɾ', 'T').replaceAll('ʔ', 't').trim();
}

/** Gives each token of a word its phonemes. @returns what follows the word before */
async function pronounce(word: Sounding[], after: Following, parts: PhonemizerParts): Promise<Following> {
  let following = after;
  const whole = asOneToken(word);
  if (word.length === 1) {
    const [only] = word;
    if (only === undefined) return following;
    only.phonemes ??= parts.lexicon.read(only.token.text, only.token.tag, following);
    only.phonemes ??= await guessAll(only.token.text, parts);
    return followedBy(only.phonemes, only.token, following);
  }
  // the longest known run of parts, from the end of the word
  for (let end = word.length; end > 0; ) {
    const run = longestKnown(word, end, following, parts.lexicon);
    if (run !== undefined) {
      for (let i = run.from; i < end; i++) setPhonemes(word[i], i === run.from ? run.phonemes : '');
      following = followedBy(run.phonemes, run.token, following);
      end = run.from;
      continue;
    }
    const last = word[--end];
    if (last === undefined || last.phonemes !== undefined) continue;
    if (!SILENT.test(last.token.text)) {
      const guessed = await guessAll(whole.text, parts);
      for (const [i, part] of word.entries()) part.phonemes = i === 0 ? guessed : '';
      return following;
    }
    last.phonemes = '';
  }
  balanceStress(word);
  return following;
}

interface KnownRun {
  readonly from: number;
  readonly phonemes: string;
  readonly token: SpokenToken;
}

function longestKnown(
  word: readonly Sounding[],
  end: number,
  following: Following,
  lexicon: Lexicon,
): KnownRun | undefined {
  for (let from = 0; from < end; from++) {
    const run = word.slice(from, end);
    if (run.some(({ phonemes }) => phonemes !== undefined)) continue;
    const token = asOneToken(run);
    const phonemes = lexicon.read(token.text, token.tag, following);
    if (phonemes !== undefined) return { from, phonemes, token };
  }
  return undefined;
}

const setPhonemes = (part: Sounding | undefined, phonemes: string): void => {
  if (part !== undefined) part.phonemes = phonemes;
};

/** Its tag is that of the part with most letters, capitals counting twice. */
function asOneToken(parts: readonly Sounding[]): SpokenToken {
  const weight = (text: string): number => Array.from(text).reduce((sum, c) => sum + (isLower(c) ? 1 : 2), 0);
  const tokens = parts.map(({ token }) => token);
  const heaviest = tokens.reduce<SpokenToken | undefined>(
    (best, token) => (best === undefined || weight(token.text) > weight(best.text) ? token : best),
    undefined,
  );
  return {
    text: tokens.map((token, i) => token.text + (token.spaceAfter && i < tokens.length - 1 ? ' ' : '')).join(''),
    tag: heaviest?.tag ?? 'NN',
    spaceAfter: tokens.at(-1)?.spaceAfter ?? false,
    phonemes: undefined,
  };
}

/** In a compound one part carries the stress. */
function balanceStress(word: readonly Sounding[]): void {
  const text = word.map(({ token }) => token.text).join('');
  const kinds = new Set(
    Array.from(text)
      .filter((c) => !SILENT.test(c))
      .map((c) => isAlphabetic(c)),
  );
  const apart = text.includes('/') || kinds.size > 1;
  for (const part of word.slice(1)) part.apart = apart;
  if (apart) return;
  const spoken = word.filter(({ phonemes }) => phonemes !== undefined && phonemes !== '');
  const [first, second] = spoken;
  if (spoken.length === 2 && first?.token.text.length === 1 && second !== undefined) {
    second.phonemes = applyStress(second.phonemes ?? '', -0.5);
    return;
  }
  const stressed = spoken.filter(({ phonemes }) => hasPrimaryStress(phonemes ?? '')).length;
  if (spoken.length < 2 || stressed <= Math.floor((spoken.length + 1) / 2)) return;
  const rank = ({ phonemes = '' }: Sounding): number =>
    (hasPrimaryStress(phonemes) ? 1000 : 0) + stressWeight(phonemes);
  const weakest = spoken.toSorted((a, b) => rank(a) - rank(b)).slice(0, Math.floor(spoken.length / 2));
  for (const part of weakest) part.phonemes = applyStress(part.phonemes ?? '', -0.5);
}

function joined(word: readonly Sounding[]): string {
  let phonemes = '';
  for (const part of word) {
    const sound = part.phonemes ?? '';
    phonemes += (part.apart && phonemes !== '' && sound !== '' ? ' ' : '') + sound;
  }
  return phonemes;
}

function followedBy(phonemes: string, { text, tag }: SpokenToken, after: Following): Following {
  const first = Array.from(phonemes).find((one) => isVowel(one) || isConsonant(one) || PAUSES.has(one));
  const vowel = first === undefined ? after.vowel : PAUSES.has(first) ? undefined : isVowel(first);
  const to = text === 'to' || text === 'To' || (text === 'TO' && (tag === 'TO' || tag === 'IN'));
  return { vowel, to };
}

/** Words of a token that nobody knows; its marks are silent. */
async function guessAll(text: string, { guess }: PhonemizerParts): Promise<string> {
  const sounds: string[] = [];
  for (const [word] of text.matchAll(/\p{L}+(?:['’]\p{L}+)*/gu)) {
    const sound = await guess(word);
    if (sound !== '') sounds.push(sound);
  }
  return sounds.join(' ');
}
