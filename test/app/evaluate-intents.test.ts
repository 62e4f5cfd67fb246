import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluateIntents, evaluateSeveral } from '../../src/app/evaluate-intents.ts';
import { bankHotline } from '../dialogue/support/bank-hotline.ts';

let folder: string;
const [train, test77] = ['train.csv', 'test.csv'];
const at = (file: string): string => join(folder, file);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-evaluate-'));
  const quoted = (text: string, category: string): string => `"${text}",${category}\n`;
  const examples = bankHotline.examples.flatMap(({ intent, sentences }) => sentences.map((one) => quoted(one, intent)));
  await writeFile(at(train), `text,category\n${examples.join('')}`);
  const wording = (await readFile('test/understanding/natural-wording.tsv', 'utf8')).trimEnd().split('\n').slice(1);
  const single = wording.map((line) => line.split('\t')).filter(([wanted = '']) => !/^oos$|\+/.test(wanted));
  await writeFile(
    at(test77),
    `text,category\n${single.map(([wanted = '', text = '']) => quoted(text, wanted)).join('')}`,
  );
  await mkdir(at('folds'));
  const utterances = [
    ['please order a card', ['card', 'order']],
    ['is my card there', ['card']],
    ['order cheques for me', ['order']],
    ['good morning to you', []],
  ] as const;
  for (const fold of [0, 1])
    await writeFile(
      at(`folds/fold${fold}.json`),
      JSON.stringify(Array.from({ length: 8 }, () => utterances.map(([text, intents]) => ({ text, intents }))).flat()),
    );
});
afterAll(() => rm(folder, { recursive: true }));

test('sentences that were kept aside are judged, at a threshold that they have no part in', async () => {
  const all = await evaluateIntents({ train: [at(train)], test: [at(test77)] });
  expect(all.top1).toBeGreaterThan(0.85);
  expect(all.top3).toBeGreaterThanOrEqual(all.top1);
  expect(all.accuracyAccepted).toBeGreaterThan(0.95);
  expect(all.coverage).toBeGreaterThan(0.4);
  expect(all.coverageAt98).toBeLessThanOrEqual(1);
  expect(all.microsecondsPerQuery).toBeGreaterThan(0);
  // the same files give the same answers, and another test file the same threshold
  const other = await evaluateIntents({ train: [at(train)], test: [at(train)] });
  expect(other.threshold).toBe(all.threshold);
  expect(other.top1).toBeGreaterThan(0.99);
}, 120_000);

test('folds of NLU++ are taken from a folder, and judged by all intents of an utterance', async () => {
  const result = await evaluateSeveral({ train: [at('folds')], test: [at('folds/fold1.json')] });
  expect(result).toMatchObject({ microF1: 1, exactMatch: 1 });
}, 120_000);

test.each([
  [{ train: ['none.csv'], test: [] }, 'none.csv: expected a readable file'],
  [{ train: [], test: [] }, 'expected a sentence or more'],
])('%j is refused', async (files, message) => {
  await expect(evaluateIntents(files)).rejects.toThrow(message);
});
