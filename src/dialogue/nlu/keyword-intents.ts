import { foldWord } from '../../domain/fold-word.ts';
import { soundOf } from '../../language/zh/heard-alike.ts';
import { BEHIND_NEGATION, negates, withoutContractions } from '../../language/en/negation.ts';

/*
 * Intents in free text by weighted keywords: a floor under the grammar, not an understanding. Later matchers take its
 * place behind the same signature.
 */

export interface KeywordIntent {
  readonly name: string;
  /** Phrases of one or more words; a longer phrase weighs more. A `-` in front speaks against the intent. */
  readonly keywords: readonly string[];
  /** Something that we are told to do: who says not to do it does not mean it. */
  readonly request?: boolean;
}

export interface IntentGuess {
  readonly name: string;
  /** 0…1: how far ahead of the next intent; one word alone is worth 0.65, which wants to be confirmed. */
  readonly confidence: number;
}

/** "cards" and "card" are one word here; so are "opening", "opened" and "open". */
function stem(word: string): string {
  const cut = word.replace(/'s$/, '');
  for (const ending of ['ing', 'ed', 'es', 's'])
    if (cut.endsWith(ending) && cut.length - ending.length >= 3) return cut.slice(0, -ending.length);
  return cut;
}

/** "don't" is "do not", in keywords as in what was said. */
const wordsOf = (text: string): string[] =>
  (withoutContractions(foldWord(text)).match(/\p{Script=Han}|[^\s\p{Script=Han}]+/gu) ?? []).map(stem);

/** A phrase of Chinese that is only heard like the keyword counts for so much of it. */
const ALIKE = 0.7;
const LEAST_ALIKE_BESIDE = 3;

/** Where Chinese words that sound like a phrase begin: of one character alone too much does. */
function placesAlike(phrase: readonly string[], words: readonly string[]): number[] {
  const sounds = phrase.map(soundOf);
  if (phrase.length < 2 || sounds.includes(undefined)) return [];
  return words.flatMap((_, at) => (sounds.every((sound, i) => sound === soundOf(words[at + i] ?? '')) ? [at] : []));
}

/** Where a phrase begins among words. */
const placesOf = (phrase: readonly string[], words: readonly string[]): number[] =>
  words.flatMap((_, at) => (phrase.every((word, i) => words[at + i] === word) ? [at] : []));

const BETWEEN = new Set(BEHIND_NEGATION.map(stem));

/** For each word, whether it is said not to be done: "do not", "never", and what follows them directly or as a part of `phrases`. */
function negatedWords(words: readonly string[], phrases: readonly (readonly string[])[]): readonly boolean[] {
  let [negated, coveredTo] = [false, 0];
  return words.map((word, at) => {
    for (const phrase of phrases)
      if (phrase.every((one, i) => words[at + i] === one)) coveredTo = Math.max(coveredTo, at + phrase.length);
    const before = negated;
    if (negates(words, at)) negated = true;
    else if (at >= coveredTo && !BETWEEN.has(word)) negated = false;
    return before;
  });
}

/** Which words are those of a keyword: they are what they are, and nothing that only sounds like it. */
function exactly(intents: readonly KeywordIntent[], words: readonly string[]): readonly boolean[] {
  const exact = words.map(() => false);
  for (const keyword of intents.flatMap(({ keywords }) => keywords)) {
    const phrase = wordsOf(keyword.replace(/^-/, ''));
    for (const place of placesOf(phrase, words)) exact.fill(true, place, place + phrase.length);
  }
  return exact;
}

/** How much the words speak for an intent. @param exact - those that are words of some keyword */
function scoreOf(
  { keywords, request = false }: KeywordIntent,
  words: readonly string[],
  exact: readonly boolean[],
): number {
  const phrases = new Map<string, { readonly words: readonly string[]; readonly weight: number }>();
  for (const keyword of keywords) {
    const phrase = wordsOf(keyword.replace(/^-/, ''));
    // "recorded" and "recording" are one word, which counts once
    phrases.set(phrase.join(' '), { words: phrase, weight: (keyword.startsWith('-') ? -1 : 1) * phrase.length ** 1.5 });
  }
  const all = [...phrases.values()];
  const negated = request
    ? negatedWords(
        words,
        all.map((one) => one.words),
      )
    : [];
  const meant = (places: readonly number[]): boolean => places.some((place) => negated[place] !== true);
  return all.reduce((score, phrase) => {
    if (meant(placesOf(phrase.words, words))) return score + phrase.weight;
    // beside a keyword that was said, two characters that sound like another one are chance
    const least = exact.includes(true) ? LEAST_ALIKE_BESIDE : 0;
    const alike =
      phrase.words.length < least
        ? []
        : placesAlike(phrase.words, words).filter(
            (place) => !exact.slice(place, place + phrase.words.length).some(Boolean),
          );
    return meant(alike) ? score + ALIKE * phrase.weight : score;
  }, 0);
}

/** The intents that the words speak for, best first; ties in the order given. */
export function guessIntents(intents: readonly KeywordIntent[], words: readonly string[]): readonly IntentGuess[] {
  const stems = wordsOf(words.join(' '));
  const exact = exactly(intents, stems);
  const scored = intents
    .map((intent) => ({ name: intent.name, score: scoreOf(intent, stems, exact) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  return scored.map(({ name, score }, place) => {
    const rival = scored.find((_, other) => other !== place)?.score ?? 0;
    return { name, confidence: Math.max(0, (score - rival) / score) * Math.min(1, 0.5 + 0.15 * score) };
  });
}
