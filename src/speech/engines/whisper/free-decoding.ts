import type { Continuation, Decoding } from './decode-together.ts';
import { numberWord } from './number-words.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface FreeResult {
  readonly tokens: readonly number[];
  /** Mean log-probability of a token, counting the end. */
  readonly mean: number;
  /** Log-probability of the least probable token. */
  readonly worst: number;
  /** Whether it said the same over and over, and was stopped. */
  readonly ranInCircles: boolean;
}

/** Nobody speaks faster; a decoder that writes more is repeating itself. */
const TOKENS_PER_SECOND = 8;

/** The most probable token at each step, at least one. */
export class FreeDecoding implements Decoding {
  readonly #vocabulary: Vocabulary;
  readonly #longest: number;
  readonly #tokens: number[] = [];
  #row = 0;
  #sum = 0;
  #worst = 0;
  #ended: FreeResult | undefined;

  constructor(vocabulary: Vocabulary, audioSeconds: number) {
    this.#vocabulary = vocabulary;
    this.#longest = 8 + Math.ceil(audioSeconds * TOKENS_PER_SECOND);
  }

  /** What was written, whether or not it came to an end. */
  get result(): FreeResult {
    return this.#ended ?? this.#stopped(0);
  }

  advance(scores: readonly Float32Array[]): readonly Continuation[] {
    const row = scores[this.#row];
    if (this.#ended !== undefined || row === undefined) return [];
    const token = best(row, this.#vocabulary, this.#tokens.length === 0);
    const score = row[token] ?? -Infinity;
    this.#sum += score;
    this.#worst = Math.min(this.#worst, score);
    if (token === this.#vocabulary.end) {
      const mean = this.#sum / (this.#tokens.length + 1);
      this.#ended = { tokens: this.#tokens, mean, worst: this.#worst, ranInCircles: false };
      return [];
    }
    this.#tokens.push(token);
    const repeated = repeatedTail(this.#tokens, this.#vocabulary);
    if (repeated === 0 && this.#tokens.length < this.#longest) return [{ row: this.#row, token }];
    this.#ended = this.#stopped(repeated);
    return [];
  }

  continued([row]: readonly number[]): void {
    this.#row = row ?? this.#row;
  }

  #stopped(repeated: number): FreeResult {
    const { length } = this.#tokens;
    const tokens = this.#tokens.slice(0, length - repeated);
    return { tokens, mean: this.#sum / Math.max(1, length), worst: this.#worst, ranInCircles: true };
  }
}

function best(scores: Float32Array, vocabulary: Vocabulary, first: boolean): number {
  const suppressed = first ? vocabulary.suppressedFirst : vocabulary.suppressed;
  let found = 0;
  let highest = -Infinity;
  for (let token = 0; token < scores.length; token++) {
    const score = scores[token] as number;
    if (score > highest && suppressed[token] === 0) {
      highest = score;
      found = token;
    }
  }
  return found;
}

/** How often people do say one or two digits, and a longer group of them, before it is a decoder's circle. */
const DIGIT_TURNS = { short: 6, long: 3 };
const SPOKEN_UNITS = /\p{Script=Han}|\p{L}+|\d+/gu;

/**
 * How many digits and number words a text is made of; undefined when there is anything else in it. A character that its ends
 * cut in two does not count.
 */
function numeralsIn(text: string): number | undefined {
  const units = text.replaceAll('\ufffd', '').toLowerCase().match(SPOKEN_UNITS) ?? [];
  let count = 0;
  for (const unit of units) {
    if (/^\d/.test(unit)) count += unit.length;
    else if (numberWord(unit) !== undefined) count += 1;
    else return undefined;
  }
  return count;
}

/**
 * Length of the tail that only repeats what stands before it, or 0. Three words and more are a circle at the second turn,
 * one or two at the fourth; digits repeat in honest numbers and get more.
 */
export function repeatedTail(tokens: readonly number[], vocabulary: Vocabulary): number {
  const at = (index: number): number | undefined => tokens[tokens.length - index];
  /** How many times in a row the last `period` tokens stand at the end. */
  const turns = (period: number): number => {
    let matched = period;
    while (matched < tokens.length && at(matched + 1) === at(matched + 1 - period)) matched++;
    return Math.floor(matched / period);
  };
  for (let period = Math.floor(tokens.length / 2); period >= 1; period--) {
    const least = period >= 3 ? 2 : 4;
    const seen = turns(period);
    if (seen < least) continue;
    const digits = numeralsIn(vocabulary.decode(tokens.slice(-2 * period)));
    const allowed = digits === undefined ? least : digits > 4 ? DIGIT_TURNS.long : DIGIT_TURNS.short;
    if (seen >= allowed) return (allowed - 1) * period;
  }
  return 0;
}
