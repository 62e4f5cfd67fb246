import type { Table } from './pronunciations.ts';
import { isAlphabetic, isCapitalized, isLower, isUpper } from './word-shapes.ts';

/** The trained tagger as its file holds it. */
export interface TaggerModel {
  readonly tags: readonly string[];
  /** Words that have one tag wherever they stand. */
  readonly tagdict: Table<string>;
  readonly vocab: readonly string[];
  /** Feature → tag → weight. */
  readonly weights: Table<Readonly<Record<string, number>>>;
}

const BEFORE = ['-START2-', '-START-'] as const;
const AFTER = ['-END-', '-END2-'] as const;

/** Averaged perceptron over the words around: tags of the Penn Treebank ('NN', 'VBD', 'DT'). */
export class PartOfSpeechTagger {
  readonly #model: TaggerModel;
  readonly #vocabulary: ReadonlySet<string>;
  readonly #tags: readonly string[];
  readonly #indexOfTag: ReadonlyMap<string, number>;

  constructor(model: TaggerModel) {
    this.#model = model;
    this.#vocabulary = new Set(model.vocab);
    this.#tags = model.tags.toSorted();
    this.#indexOfTag = new Map(this.#tags.map((tag, i) => [tag, i]));
  }

  tag(words: readonly string[]): string[] {
    const context = [...BEFORE, ...words.map((word) => this.#known(word)), ...AFTER];
    const tags: string[] = [];
    for (const [i, word] of words.entries()) {
      const previous = tags[i - 1] ?? '-START-';
      const earlier = tags[i - 2] ?? (i === 1 ? '-START-' : '-START2-');
      tags.push(this.#model.tagdict.get(word) ?? this.#best(featuresOf(word, i, context, previous, earlier)));
    }
    return tags;
  }

  #best(features: readonly string[]): string {
    const scores = new Float64Array(this.#tags.length);
    let seen = false;
    for (const feature of features)
      for (const [tag, weight] of Object.entries(this.#model.weights.get(feature) ?? {})) {
        const at = this.#indexOfTag.get(tag) ?? 0;
        scores[at] = (scores[at] ?? 0) + weight;
        seen = true;
      }
    if (!seen) return 'NN';
    return this.#tags[scores.lastIndexOf(Math.max(...scores))] ?? 'NN';
  }

  #known(word: string): string {
    const normal = word.includes('-') && !word.startsWith('-') ? '!HYPHEN' : word.toLowerCase();
    return this.#vocabulary.has(normal) ? normal : `<${shapeOf(word)}>`;
  }
}

/** @param i - of `word` among the words; it stands two further on in `context` */
function featuresOf(
  word: string,
  i: number,
  context: readonly string[],
  previous: string,
  earlier: string,
): readonly string[] {
  const at = (offset: number): string => context[i + 2 + offset] ?? '';
  return [
    'b',
    `s3=${word.slice(-3)}`,
    `p1=${word[0] ?? ''}`,
    `w=${at(0)}`,
    `sh=${shapeOf(word)}`,
    i === 0 ? 'i0' : 'i+',
    `t-1=${previous}`,
    `t-2=${earlier}`,
    `t-12=${previous},${earlier}`,
    `w-1=${at(-1)}`,
    `s3-1=${at(-1).slice(-3)}`,
    `w-2=${at(-2)}`,
    `w+1=${at(1)}`,
    `s3+1=${at(1).slice(-3)}`,
    `w+2=${at(2)}`,
  ];
}

function shapeOf(word: string): string {
  if (isAlphabetic(word)) {
    if (isLower(word)) return 'x';
    if (isUpper(word)) return word.length > 1 ? 'XX' : 'X1';
    return isCapitalized(word) ? 'Xx' : 'xX';
  }
  return Array.from(word.slice(0, 4), (c) => (isAlphabetic(c) ? 'x' : c)).join('');
}
