import type { SparseVector } from './features.ts';
import { inOrder, seededRandom, shuffle } from './random-order.ts';

/** A class against the others, each with its own weights. */
export interface LinearSvm {
  readonly classes: number;
  /** [place][class] */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

export interface SvmOptions {
  /** Cost of errors. */
  readonly cost: number;
  readonly seed: number;
}

const MOST_ROUNDS = 40;
/** Of the projected gradient: beyond it nothing changes that anybody could measure. */
const TOLERANCE = 0.05;

/**
 * Linear support vector machines with squared hinge loss by dual coordinate descent (Hsieh and others, ICML 2008, algorithm
 * 1 with shrinking), one a class.
 *
 * @param belongs - whether an example is one of a class; it may be one of several
 * @param places - length of the sparse vectors
 */
export function trainSvm(
  examples: readonly SparseVector[],
  belongs: (example: number, ofClass: number) => boolean,
  { classes, places }: { readonly classes: number; readonly places: number },
  { cost, seed }: SvmOptions,
): LinearSvm {
  const weights = new Float32Array(places * classes);
  const bias = new Float32Array(classes);
  const flat = flatten(examples);
  for (let one = 0; one < classes; one++) {
    const signs = Int8Array.from(examples, (_, example) => (belongs(example, one) ? 1 : -1));
    const plane = trainPlane(flat, signs, places, cost, seed);
    for (let place = 0; place < places; place++) weights[place * classes + one] = plane[place] ?? 0;
    bias[one] = plane[places] ?? 0;
  }
  return { classes, weights, bias };
}

/** Adds the scores of a text for each class to `scores`. */
export function svmScores({ classes, weights, bias }: LinearSvm, { places, values }: SparseVector): Float64Array {
  const scores = Float64Array.from(bias);
  for (let at = 0; at < places.length; at++) {
    const value = values[at] ?? 0;
    const from = (places[at] ?? 0) * classes;
    for (let one = 0; one < classes; one++) scores[one] = (scores[one] ?? 0) + value * (weights[from + one] ?? 0);
  }
  return scores;
}

interface Flat {
  readonly starts: Int32Array;
  readonly places: Int32Array;
  readonly values: Float32Array;
  /** Of each example, the bias counted in. */
  readonly squares: Float64Array;
}

function flatten(examples: readonly SparseVector[]): Flat {
  const starts = new Int32Array(examples.length + 1);
  for (const [at, { places }] of examples.entries()) starts[at + 1] = (starts[at] ?? 0) + places.length;
  const length = starts[examples.length] ?? 0;
  const flat = { starts, places: new Int32Array(length), values: new Float32Array(length) };
  for (const [at, { places, values }] of examples.entries()) {
    flat.places.set(places, starts[at]);
    flat.values.set(values, starts[at]);
  }
  const squares = Float64Array.from(examples, ({ values }) => values.reduce((sum, value) => sum + value * value, 1));
  return { ...flat, squares };
}

/** @returns weights of the places, then the bias */
function trainPlane(flat: Flat, signs: Int8Array, bias: number, cost: number, seed: number): Float64Array {
  const { starts, places, values, squares } = flat;
  const plane = new Float64Array(bias + 1);
  const alphas = new Float64Array(signs.length);
  const diagonal = 0.5 / cost;
  const random = seededRandom(seed);
  let active = inOrder(signs.length);
  let [shrunk, largest] = [false, Number.POSITIVE_INFINITY];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    shuffle(active, random);
    let [most, least, kept] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0];
    for (const example of active) {
      const sign = signs[example] ?? 0;
      const from = starts[example] ?? 0;
      const to = starts[example + 1] ?? 0;
      let margin = plane[bias] ?? 0;
      for (let at = from; at < to; at++) margin += (plane[places[at] ?? 0] ?? 0) * (values[at] ?? 0);
      const alpha = alphas[example] ?? 0;
      const gradient = sign * margin - 1 + diagonal * alpha;
      // at its bound and held there: it is not looked at again until the others have settled
      if (alpha === 0 && gradient > largest) continue;
      active[kept++] = example;
      const projected = alpha === 0 ? Math.min(gradient, 0) : gradient;
      most = Math.max(most, projected);
      least = Math.min(least, projected);
      if (Math.abs(projected) < 1e-12) continue;
      const next = Math.max(alpha - gradient / ((squares[example] ?? 1) + diagonal), 0);
      const step = (next - alpha) * sign;
      alphas[example] = next;
      plane[bias] = (plane[bias] ?? 0) + step;
      for (let at = from; at < to; at++) {
        const place = places[at] ?? 0;
        plane[place] = (plane[place] ?? 0) + step * (values[at] ?? 0);
      }
    }
    shrunk ||= kept < signs.length;
    active = active.subarray(0, kept);
    if (most - least > TOLERANCE) {
      largest = most > 0 ? most : Number.POSITIVE_INFINITY;
      continue;
    }
    if (!shrunk) break;
    active = inOrder(signs.length);
    [shrunk, largest] = [false, Number.POSITIVE_INFINITY];
  }
  return plane;
}
