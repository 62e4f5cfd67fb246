import { inOrder, seededRandom, shuffle } from './random-order.ts';
import { softmax } from './softmax-head.ts';

/** The answer of a model that has not seen the sentence. */
export interface OutOfFold {
  readonly logits: Float64Array;
  readonly label: number;
}

/** A surest answer: how sure (0…1), and whether it was right. */
export interface Judged {
  readonly confidence: number;
  readonly right: boolean;
}

/**
 * Which fold each example falls into, the classes spread evenly over the folds.
 *
 * @param labels - the class of each example
 */
export function foldsOf(labels: Int32Array, folds: number, seed: number): Int32Array {
  const order = inOrder(labels.length);
  shuffle(order, seededRandom(seed));
  const placed = new Map<number, number>();
  const foldOf = new Int32Array(labels.length);
  for (const example of order) {
    const label = labels[example] ?? 0;
    // a class with fewer examples than folds begins where the last one ended
    const place = placed.get(label) ?? label % folds;
    placed.set(label, place + 1);
    foldOf[example] = place % folds;
  }
  return foldOf;
}

/** By which logits are divided so that probabilities are shares of right answers: the likeliest one (Guo and others, ICML 2017). */
export function temperatureOf(answers: readonly OutOfFold[]): number {
  let [best, least] = [1, Number.POSITIVE_INFINITY];
  for (let step = 0; step < 80; step++) {
    const temperature = 0.2 * 25 ** (step / 79);
    const surprise = answers.reduce(
      (sum, { logits, label }) => sum - Math.log((softmax(logits.map((one) => one / temperature))[label] ?? 0) + 1e-12),
      0,
    );
    if (surprise < least) [best, least] = [temperature, surprise];
  }
  return best;
}

/** The least confidence at and above which at least this share of the answers is right; above 1 when there is none. */
function leastConfidence(answers: readonly Judged[], share: number): number {
  const surestFirst = answers.toSorted((one, other) => other.confidence - one.confidence);
  let [right, least] = [0, 1.01];
  for (const [at, { confidence, right: isRight }] of surestFirst.entries()) {
    if (isRight) right++;
    if (right / (at + 1) >= share) least = confidence;
  }
  return least;
}

const SAMPLES = 200;
/** Of the samples: what is chosen on so few wrong answers is lucky half of the time. */
const CAUTION = 0.7;

/**
 * The least confidence at which answers are right often enough, on the careful side: the 70th percentile over bootstrap
 * samples of what was seen.
 */
export function thresholdFor(answers: readonly Judged[], share: number, seed: number): number {
  const random = seededRandom(seed);
  const thresholds = Array.from({ length: SAMPLES }, () =>
    leastConfidence(
      Array.from(answers, () => answers[Math.floor(random() * answers.length)] ?? { confidence: 0, right: false }),
      share,
    ),
  ).sort((one, other) => one - other);
  return thresholds[Math.floor(CAUTION * (SAMPLES - 1))] ?? 1.01;
}
