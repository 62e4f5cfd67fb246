import { inOrder, seededRandom, shuffle } from './random-order.ts';

/** Weights from a sentence's vector to the classes. */
export interface LinearHead {
  readonly classes: number;
  /** [class][place of the vector] */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

export interface HeadOptions {
  readonly rounds: number;
  readonly rate: number;
  /** Pulls the weights towards those it started with: the classes' means. */
  readonly decay: number;
  /** Of the means, at the start: how much a cosine counts. */
  readonly scale: number;
  readonly smoothing: number;
  readonly seed: number;
}

export const HEAD_OPTIONS: HeadOptions = { rounds: 8, rate: 0.05, decay: 1e-3, scale: 14, smoothing: 0.1, seed: 1 };
const BATCH = 32;
const ADAM = { first: 0.9, second: 0.98, epsilon: 1e-8 };

/**
 * Softmax regression on vectors of length 1, by Adam from the mean of each class: few examples leave it at the means, many
 * move it.
 *
 * @param labels - the class of each vector
 */
export function trainHead(
  vectors: readonly Float32Array[],
  labels: Int32Array,
  classes: number,
  options: HeadOptions = HEAD_OPTIONS,
): LinearHead {
  const size = vectors[0]?.length ?? 0;
  const weights = classMeans(vectors, labels, classes, size, options.scale);
  const start = Float32Array.from(weights);
  const bias = new Float32Array(classes);
  const gradient = new Float32Array(weights.length + classes);
  const [first, second] = [new Float32Array(gradient.length), new Float32Array(gradient.length)];
  const random = seededRandom(options.seed);
  const order = inOrder(vectors.length);
  const steps = options.rounds * Math.ceil(vectors.length / BATCH);
  let step = 0;
  for (let round = 0; round < options.rounds; round++) {
    shuffle(order, random);
    for (let from = 0; from < order.length; from += BATCH) {
      const batch = order.subarray(from, from + BATCH);
      gradient.fill(0);
      for (const example of batch) {
        const vector = vectors[example] ?? new Float32Array(size);
        const wrong = softmax(linear({ classes, weights, bias }, vector));
        for (let one = 0; one < classes; one++) {
          const wanted = options.smoothing / classes + (one === labels[example] ? 1 - options.smoothing : 0);
          const error = ((wrong[one] ?? 0) - wanted) / batch.length;
          if (Math.abs(error) < 1e-5) continue;
          const row = one * size;
          for (let at = 0; at < size; at++) gradient[row + at] = (gradient[row + at] ?? 0) + error * (vector[at] ?? 0);
          gradient[weights.length + one] = (gradient[weights.length + one] ?? 0) + error;
        }
      }
      step++;
      const rate = (options.rate * 0.5 * (1 + Math.cos((Math.PI * step) / steps)) * 10) / 10;
      const corrected = (rate * Math.sqrt(1 - ADAM.second ** step)) / (1 - ADAM.first ** step);
      for (let at = 0; at < gradient.length; at++) {
        const inWeights = at < weights.length;
        const pull = inWeights ? options.decay * ((weights[at] ?? 0) - (start[at] ?? 0)) : 0;
        const g = (gradient[at] ?? 0) + pull;
        const m = ADAM.first * (first[at] ?? 0) + (1 - ADAM.first) * g;
        const v = ADAM.second * (second[at] ?? 0) + (1 - ADAM.second) * g * g;
        first[at] = m;
        second[at] = v;
        const change = (corrected * m) / (Math.sqrt(v) + ADAM.epsilon);
        if (inWeights) weights[at] = (weights[at] ?? 0) - change;
        else bias[at - weights.length] = (bias[at - weights.length] ?? 0) - change;
      }
    }
  }
  return { classes, weights, bias };
}

/** How much a vector speaks for each class, before the softmax. */
export function linear({ classes, weights, bias }: LinearHead, vector: Float32Array): Float64Array {
  const logits = new Float64Array(classes);
  const size = vector.length;
  for (let one = 0; one < classes; one++) {
    let sum = bias[one] ?? 0;
    const row = one * size;
    for (let at = 0; at < size; at++) sum += (weights[row + at] ?? 0) * (vector[at] ?? 0);
    logits[one] = sum;
  }
  return logits;
}

export function softmax(logits: Float64Array): Float64Array {
  const top = logits.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);
  const grown = logits.map((one) => Math.exp(one - top));
  const sum = grown.reduce((all, one) => all + one, 0);
  return grown.map((one) => one / sum);
}

function classMeans(
  vectors: readonly Float32Array[],
  labels: Int32Array,
  classes: number,
  size: number,
  scale: number,
): Float32Array {
  const means = new Float32Array(classes * size);
  for (const [example, vector] of vectors.entries()) {
    const row = (labels[example] ?? 0) * size;
    for (let at = 0; at < size; at++) means[row + at] = (means[row + at] ?? 0) + (vector[at] ?? 0);
  }
  for (let one = 0; one < classes; one++) {
    const row = means.subarray(one * size, (one + 1) * size);
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) + 1e-9;
    for (let at = 0; at < size; at++) row[at] = ((row[at] ?? 0) / norm) * scale;
  }
  return means;
}
