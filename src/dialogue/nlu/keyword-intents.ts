import { foldWord } from '../../domain/fold-word.ts';

/*
 * Intents in free text by weighted keywords: a floor under the grammar, not an understanding. Later matchers take its
 * place behind the same signature.
 */

export interface KeywordIntent {
  readonly name: string;
  /** Phrases of one or more words; a longer phrase weighs more. A `-` in front speaks against the intent. */
  readonly keywords: readonly string[];
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

function occurs(phrase: readonly string[], words: readonly string[]): boolean {
  for (let at = 0; at + phrase.length <= words.length; at++)
    if (phrase.every((word, i) => words[at + i] === word)) return true;
  return false;
}

/** The intents that the words speak for, best first; ties in the order given. */
export function guessIntents(intents: readonly KeywordIntent[], words: readonly string[]): readonly IntentGuess[] {
  const stems = words.map(stem);
  const scored = intents
    .map(({ name, keywords }) => {
      let score = 0;
      for (const keyword of keywords) {
        const against = keyword.startsWith('-');
        const phrase = foldWord(against ? keyword.slice(1) : keyword)
          .split(/\s+/)
          .map(stem);
        if (occurs(phrase, stems)) score += (against ? -1 : 1) * phrase.length ** 1.5;
      }
      return { name, score };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  return scored.map(({ name, score }, place) => {
    const rival = scored.find((_, other) => other !== place)?.score ?? 0;
    return { name, confidence: Math.max(0, (score - rival) / score) * Math.min(1, 0.5 + 0.15 * score) };
  });
}
