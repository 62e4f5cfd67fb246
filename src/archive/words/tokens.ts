/* The one tokenizer of the archive: what both databases index and what a query is made of. Chinese has no spaces: pairs of characters. */

/** A sequence of characters that are written without spaces between words. */
const UNSPACED = String.raw`(?:(?=[\p{L}\p{N}])[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])`;
const PIECE = new RegExp(String.raw`(?<unspaced>${UNSPACED}+)|(?<word>(?:(?!${UNSPACED})[\p{L}\p{M}\p{N}])+)`, 'gu');
/** What redaction puts in the place of personal data is not a word that was said. */
const LABEL = /\[[a-z-]+\]|#+/g;
/** Longer ones are cut: nobody types them, and an index need not hold them. */
const LONGEST = 64;

/** Words, and single characters of Chinese, in order. Full width and case are folded (NFKC); signs are a recognizer's guess. */
export function unitsOf(text: string): string[] {
  const plain = text.replace(LABEL, ' ').normalize('NFKC').toLowerCase().replaceAll(/['’]/g, '');
  return [...plain.matchAll(PIECE)].flatMap(({ groups }) =>
    groups?.['unspaced'] === undefined ? [(groups?.['word'] ?? '').slice(0, LONGEST)] : Array.from(groups['unspaced']),
  );
}

const unspaced = new RegExp(`^${UNSPACED}$`, 'u');
const isUnspaced = (unit: string): boolean => unspaced.test(unit);

/** Two neighbours: one token of their own. '=' is in no word, and both databases leave it alone. */
const pairOf = (a: string, b: string): string => (isUnspaced(a) && isUnspaced(b) ? a + b : `${a}=${b}`);

/** Without repetition: each word, each character, and each pair of neighbours. */
export function indexTokens(text: string): string[] {
  const tokens = new Set<string>();
  const units = unitsOf(text);
  for (const [at, unit] of units.entries()) {
    const next = units[at + 1];
    if (next !== undefined) tokens.add(pairOf(unit, next));
    tokens.add(unit);
  }
  return [...tokens];
}

export interface WordQuery {
  /** All must be in the index. */
  readonly tokens: readonly string[];
  /** Sequences that the text itself must hold: tokens alone do not say that they are neighbours. */
  readonly phrases: readonly (readonly string[])[];
}

/** "In quotes" is a phrase, and so is every run of Chinese characters; other words may stand anywhere. Nothing to look for: undefined. */
export function parseWords(query: string): WordQuery | undefined {
  const tokens = new Set<string>();
  const phrases: string[][] = [];
  for (const units of sequences(query)) {
    const [only] = units;
    if (units.length === 1 && only !== undefined) {
      tokens.add(only);
      continue;
    }
    // of a sequence that is longer than a pair the pairs do not say that they follow each other
    if (units.length > 2) phrases.push(units);
    for (const [at, unit] of units.slice(1).entries()) tokens.add(pairOf(units[at] ?? '', unit));
  }
  if (tokens.size === 0) return undefined;
  return { tokens: [...tokens], phrases };
}

function sequences(query: string): string[][] {
  const found: string[][] = [];
  for (const [at, part] of query
    .replaceAll(/[“”„«»「」]/g, '"')
    .split('"')
    .entries()) {
    const units = unitsOf(part);
    if (at % 2 === 1) {
      if (units.length > 0) found.push(units);
      continue;
    }
    let run: string[] = [];
    const end = (): void => {
      if (run.length > 0) found.push(run);
      run = [];
    };
    // words that are written with spaces stand alone; a run of characters ends at a space or a sign
    for (const piece of part.split(/[^\p{L}\p{M}\p{N}'’]+/u)) {
      for (const unit of unitsOf(piece)) {
        if (isUnspaced(unit)) run.push(unit);
        else {
          end();
          found.push([unit]);
        }
      }
      end();
    }
  }
  return found;
}

/** Whether one of the texts holds the sequence, side by side. */
export function holdsPhrase(texts: readonly (readonly string[])[], phrase: readonly string[]): boolean {
  return texts.some((units) => {
    for (let from = 0; from + phrase.length <= units.length; from++)
      if (phrase.every((unit, at) => units[from + at] === unit)) return true;
    return false;
  });
}
