import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { intentClassifier } from '../../src/understanding/intent-model.ts';
import { severalClassifier } from '../../src/understanding/several-model.ts';
import { foldsOf, temperatureOf, thresholdFor } from '../../src/understanding/training/calibration.ts';
import { type IntentExample, trainIntents } from '../../src/understanding/training/train-intents.ts';
import { trainSeveral } from '../../src/understanding/training/train-several.ts';

/** Vectors of three classes, each around an axis of its own, with words that tell them apart now and then. */
const WORDS = ['money balance account', 'card stolen lost', 'hours open close'].map((list) => list.split(' '));
function example(of: number, n: number, known = false): IntentExample {
  const vector = new Float32Array(8).map((_, at) => (at === of ? 1 : 0.25 * Math.sin(7 * n + 3 * at + of)));
  const length = Math.hypot(...vector);
  const words = ['please', WORDS[of]?.[n % 3] ?? '', 'now'];
  return { intent: `intent-${of}`, words, vector: vector.map((one) => one / length), known };
}
const examples = (count: number, known = false) =>
  [0, 1, 2].flatMap((of) => Array.from({ length: count }, (_, n) => example(of, n, known)));

describe('learning intents from examples', () => {
  test('sentences like the examples mean what the examples mean, surely', () => {
    const model = trainIntents(examples(30));
    const { classify } = intentClassifier(model);
    for (const of of [0, 1, 2]) {
      const [first, second] = classify(example(of, 777));
      expect(first?.intent).toBe(`intent-${of}`);
      expect(first?.confidence).toBeGreaterThanOrEqual(model.accept);
      expect(second?.confidence).toBeLessThan(0.5);
    }
  });

  test('the same examples give the same model, to the bit', () => {
    expect(trainIntents(examples(20))).toEqual(trainIntents(examples(20)));
  });

  test('what the encoder was trained on does not move the threshold', () => {
    const fresh = examples(25);
    const mislabelled = examples(25, true).map((one) => ({ ...one, intent: 'intent-0' }));
    expect(trainIntents(examples(25, true))).toMatchObject({ temperature: 1, accept: 0.85 });
    const alone = trainIntents(fresh);
    expect(alone.accept).not.toBe(0.85);
    // known sentences are learnt from all the same
    expect(trainIntents([...fresh, ...mislabelled]).head).not.toEqual(alone.head);
  });

  test('probabilities add up to one', () => {
    const { classify } = intentClassifier(trainIntents(examples(20)));
    const sum = classify(example(1, 5)).reduce((all, { confidence }) => all + confidence, 0);
    expect(sum).toBeCloseTo(1, 9);
  });
});

describe('several intents in one utterance', () => {
  const both = Array.from({ length: 40 }, (_, n) => {
    const [one, other] = [example(0, n), example(1, n)];
    const joined = one.vector.map((value, at) => value + (other.vector[at] ?? 0));
    const length = Math.hypot(...joined);
    return {
      words: [...one.words, ...other.words],
      vector: joined.map((value) => value / length),
      intents: ['intent-0', 'intent-1'],
      known: false,
    };
  });
  const single = [0, 1].flatMap((of) =>
    Array.from({ length: 40 }, (_, n) => ({ ...example(of, n), intents: [`intent-${of}`] })),
  );
  const none = Array.from({ length: 40 }, (_, n) => ({ ...example(2, n), intents: [] }));
  const { classify } = severalClassifier(trainSeveral([...both, ...single, ...none]));

  test('both are found, one is found, and none', () => {
    const found = (one: Parameters<typeof classify>[0] | undefined) =>
      one === undefined ? undefined : new Set(classify(one).map(({ intent }) => intent));
    expect(found(both[3])).toEqual(new Set(['intent-0', 'intent-1']));
    expect(found(single[3])).toEqual(new Set(['intent-0']));
    expect(found(none[3])).toEqual(new Set());
  });
});

describe('calibration', () => {
  test('folds are of one size, and so is each class within them', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 25, maxLength: 200 }), (list) => {
        const labels = Int32Array.from(list);
        const foldOf = foldsOf(labels, 5, 13);
        for (let label = 0; label < 5; label++) {
          const sizes = [0, 1, 2, 3, 4].map(
            (fold) => list.filter((one, at) => one === label && foldOf[at] === fold).length,
          );
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('a model that is too sure of itself is cooled down', () => {
    const logits = Float64Array.of(5, 0);
    // right in 7 of 10, and as sure as 99 of 100
    const answers = Array.from({ length: 100 }, (_, n) => ({ logits, label: n % 10 < 7 ? 0 : 1 }));
    expect(temperatureOf(answers)).toBeGreaterThan(4);
  });

  test('at the threshold enough of the answers are right; where that cannot be, nothing is accepted', () => {
    const answers = Array.from({ length: 500 }, (_, n) => ({ confidence: n / 500, right: n > 100 || n % 2 === 0 }));
    const threshold = thresholdFor(answers, 0.98, 1);
    const accepted = answers.filter(({ confidence }) => confidence >= threshold);
    expect(accepted.length).toBeGreaterThan(350);
    expect(accepted.filter(({ right }) => right).length / accepted.length).toBeGreaterThanOrEqual(0.98);
    expect(
      thresholdFor(
        answers.map((one) => ({ ...one, right: false })),
        0.98,
        1,
      ),
    ).toBeGreaterThan(1);
  });
});
