/** The places of a vector that are not nought. */
export interface SparseVector {
  readonly places: Int32Array;
  readonly values: Float32Array;
}

/** Of a word with a blank at either end: shorter ones tell of spelling, longer ones of stems. */
const LETTERS = { least: 2, most: 5 };

/** N-grams of a text and how often each occurs: words and pairs of words, and runs of letters within a word. */
function nGramsOf(words: readonly string[]): readonly Map<string, number>[] {
  const ofWords = new Map<string, number>();
  const ofLetters = new Map<string, number>();
  const add = (grams: Map<string, number>, gram: string): void => void grams.set(gram, (grams.get(gram) ?? 0) + 1);
  for (const [at, word] of words.entries()) {
    add(ofWords, word);
    const next = words[at + 1];
    if (next !== undefined) add(ofWords, `${word} ${next}`);
    const padded = `_${word}_`;
    for (let size = LETTERS.least; size <= LETTERS.most; size++) {
      if (padded.length <= size) {
        add(ofLetters, padded);
        break;
      }
      for (let from = 0; from + size <= padded.length; from++) add(ofLetters, padded.slice(from, from + size));
    }
  }
  // an underscore keeps runs of letters apart from words
  return [ofWords, ofLetters];
}

/** What is known of n-grams: the place of each, and its inverse document frequency. */
export interface NGramTable {
  readonly grams: readonly string[];
  readonly idf: Float32Array;
  /** Of n-grams that no example has. */
  readonly unknownIdf: number;
}

export function nGramTable(texts: readonly (readonly string[])[]): NGramTable {
  const frequency = new Map<string, number>();
  for (const words of texts)
    for (const grams of nGramsOf(words))
      for (const gram of grams.keys()) frequency.set(gram, (frequency.get(gram) ?? 0) + 1);
  const idf = (documents: number): number => Math.log((1 + texts.length) / (1 + documents)) + 1;
  return {
    grams: [...frequency.keys()],
    idf: Float32Array.from(frequency.values(), idf),
    unknownIdf: idf(0),
  };
}

/** Words to their weighted n-grams (tf-idf); words and letters have length 1 each, n-grams that are unknown counted in. */
export function nGramFeatures(table: NGramTable): (words: readonly string[]) => SparseVector {
  const places = new Map(table.grams.map((gram, place) => [gram, place]));
  return (words) => {
    const found: number[] = [];
    const values: number[] = [];
    for (const grams of nGramsOf(words)) {
      let square = 0;
      const from = found.length;
      for (const [gram, count] of grams) {
        const place = places.get(gram);
        const value = (1 + Math.log(count)) * (place === undefined ? table.unknownIdf : (table.idf[place] ?? 0));
        square += value * value;
        if (place === undefined) continue;
        found.push(place);
        values.push(value);
      }
      const norm = Math.sqrt(square) + 1e-9;
      for (let at = from; at < values.length; at++) values[at] = (values[at] ?? 0) / norm;
    }
    return { places: Int32Array.from(found), values: Float32Array.from(values) };
  };
}
