import type { Heard } from './heard.ts';
import { numberWord } from './number-words.ts';
import type { Vocabulary } from './vocabulary.ts';
import { type Memory, shortened, type WhisperModel } from './whisper-model.ts';

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

/** The tokens that are likely to follow what is written: they are fed along, and kept as far as they would have been written. */
export type Foresight = (written: readonly number[]) => readonly number[];
const NO_FORESIGHT: Foresight = () => [];

/**
 * Writes an utterance: the most probable token at each place, at least one.
 *
 * @param audioSeconds - nobody speaks faster than a limit that follows from it
 * @throws the reason of `signal`, between two steps
 */
export async function writeFreely(
  model: WhisperModel,
  heard: Heard,
  audioSeconds: number,
  signal: AbortSignal,
  foresee = NO_FORESIGHT,
): Promise<FreeResult> {
  const writing = new Writing(model.vocabulary, audioSeconds);
  let memory: Memory = heard.memory;
  let next = writing.advance(heard.scores);
  for (let fed = 0; next !== undefined && fed < heard.longest; ) {
    signal.throwIfAborted();
    const tokens = [next, ...foresee(writing.tokens)].slice(0, heard.longest - fed);
    const step = await model.follow(heard.encoding, memory, tokens);
    let kept = 0;
    do next = writing.advance(step.scores[kept++]);
    while (next !== undefined && next === tokens[kept]);
    fed += kept;
    memory = kept === tokens.length ? step.memory : shortened(step.memory, memory.length + kept);
  }
  return writing.result;
}

class Writing {
  readonly tokens: number[] = [];
  readonly #vocabulary: Vocabulary;
  readonly #longest: number;
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

  /** @returns what is written next; undefined at the end */
  advance(scores: Float32Array | undefined): number | undefined {
    if (this.#ended !== undefined || scores === undefined) return undefined;
    const token = best(scores, this.#vocabulary, this.tokens.length === 0);
    const score = scores[token] ?? -Infinity;
    this.#sum += score;
    this.#worst = Math.min(this.#worst, score);
    if (token === this.#vocabulary.end) {
      const mean = this.#sum / (this.tokens.length + 1);
      this.#ended = { tokens: this.tokens, mean, worst: this.#worst, ranInCircles: false };
      return undefined;
    }
    this.tokens.push(token);
    const repeated = repeatedTail(this.tokens, this.#vocabulary);
    if (repeated === 0 && this.tokens.length < this.#longest) return token;
    this.#ended = this.#stopped(repeated);
    return undefined;
  }

  #stopped(repeated: number): FreeResult {
    const { length } = this.tokens;
    const tokens = this.tokens.slice(0, length - repeated);
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
