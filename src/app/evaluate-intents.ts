import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { IvrError, systemCode } from '../domain/error.ts';
import { type LabelledSentence, readCategories, readNluppFold } from '../lab/evaluation/intent-tables.ts';
import { type LanguageEncoder, openEnglishEncoder } from '../understanding/encoder/encoder-package.ts';
import { intentClassifier, type IntentGuess } from '../understanding/intent-model.ts';
import { severalClassifier } from '../understanding/several-model.ts';
import { trainIntents } from '../understanding/training/train-intents.ts';
import { trainSeveral } from '../understanding/training/train-several.ts';

export interface IntentFiles {
  /** CSV files, or folds of NLU++; a folder stands for all of them in it. */
  readonly train: readonly string[];
  readonly test: readonly string[];
}

/** Shares are of 1. */
export interface IntentEvaluation {
  readonly top1: number;
  readonly top3: number;
  readonly accuracyAccepted: number;
  readonly coverage: number;
  readonly coverageAt98: number;
  readonly accuracyAt98: number;
  readonly microsecondsPerQuery: number;
  readonly threshold: number;
  readonly trainingSeconds: number;
}

export interface SeveralEvaluation {
  readonly microF1: number;
  readonly exactMatch: number;
  readonly microsecondsPerQuery: number;
  readonly threshold: number;
  readonly trainingSeconds: number;
}

/**
 * Trains a classifier as dialplans' examples are learnt, and tries it on sentences kept aside. The encoder is not trained.
 *
 * @throws IvrError MANIFEST_INVALID with the file and line; MODEL_MISSING, MODEL_ALTERED
 */
export async function evaluateIntents(files: IntentFiles): Promise<IntentEvaluation> {
  const train = await readAll(files.train, '.csv', readCategories);
  const test = await readAll(files.test, '.csv', readCategories);
  const encoder = await openEnglishEncoder();
  try {
    const began = performance.now();
    const examples = [];
    for (const { text, intents } of train)
      examples.push({ ...(await encoded(encoder, text)), intent: intents[0] ?? '' });
    if (new Set(examples.map(({ intent }) => intent)).size < 2)
      throw new IvrError('MANIFEST_INVALID', `${files.train.join(', ')}: expected two categories or more`, {});
    const model = trainIntents(examples);
    const trainingSeconds = rounded((performance.now() - began) / 1000);
    const { classify } = intentClassifier(model);
    const asked = performance.now();
    const answers: (readonly IntentGuess[])[] = [];
    for (const { text } of test) answers.push(classify(await encoded(encoder, text)));
    const microsecondsPerQuery = Math.round(((performance.now() - asked) * 1000) / test.length);
    const right = (place: number, among: number): boolean =>
      answers[place]?.slice(0, among).some(({ intent }) => intent === test[place]?.intents[0]) === true;
    const places = test.map((_, place) => place);
    const accepted = places.filter((place) => (answers[place]?.[0]?.confidence ?? 0) >= model.accept);
    const accuracyAccepted = share(accepted, (place) => right(place, 1));
    const coverage = accepted.length / test.length;
    return {
      top1: share(places, (place) => right(place, 1)),
      top3: share(places, (place) => right(place, 3)),
      accuracyAccepted,
      coverage,
      // the threshold that ships is the one at which 98 of 100 accepted were right in training
      coverageAt98: coverage,
      accuracyAt98: accuracyAccepted,
      microsecondsPerQuery,
      threshold: model.accept,
      trainingSeconds,
    };
  } finally {
    await encoder.release();
  }
}

/**
 * The same for utterances with several intents each, in the format of NLU++.
 *
 * @throws IvrError MANIFEST_INVALID with the file; MODEL_MISSING, MODEL_ALTERED
 */
export async function evaluateSeveral(files: IntentFiles): Promise<SeveralEvaluation> {
  const train = await readAll(files.train, '.json', readNluppFold);
  const test = await readAll(files.test, '.json', readNluppFold);
  const encoder = await openEnglishEncoder();
  try {
    const began = performance.now();
    const examples = [];
    for (const { text, intents } of train) examples.push({ ...(await encoded(encoder, text)), intents });
    const model = trainSeveral(examples);
    const trainingSeconds = rounded((performance.now() - began) / 1000);
    const { classify } = severalClassifier(model);
    const asked = performance.now();
    let [both, found, exact] = [0, 0, 0];
    for (const { text, intents } of test) {
      const heard = classify(await encoded(encoder, text)).map(({ intent }) => intent);
      const common = heard.filter((intent) => intents.includes(intent)).length;
      both += common;
      found += heard.length + new Set(intents).size;
      if (common === heard.length && common === new Set(intents).size) exact++;
    }
    return {
      microF1: found === 0 ? 1 : (2 * both) / found,
      exactMatch: exact / test.length,
      microsecondsPerQuery: Math.round(((performance.now() - asked) * 1000) / test.length),
      threshold: model.threshold,
      trainingSeconds,
    };
  } finally {
    await encoder.release();
  }
}

const rounded = (seconds: number): number => Math.round(seconds * 10) / 10;

const share = (places: readonly number[], holds: (place: number) => boolean): number =>
  places.length === 0 ? 0 : places.filter(holds).length / places.length;

async function encoded(encoder: LanguageEncoder, text: string) {
  const words = encoder.wordsOf(text);
  return { words, vector: await encoder.encode(words.join(' ')), known: encoder.knows(words) };
}

async function readAll(
  paths: readonly string[],
  ending: string,
  read: (file: string, text: string) => readonly LabelledSentence[],
): Promise<readonly LabelledSentence[]> {
  const sentences: LabelledSentence[] = [];
  for (const path of paths)
    for (const file of await filesAt(path, ending))
      sentences.push(...read(file, await readFile(file, 'utf8').catch(unreadable(file))));
  if (sentences.length === 0)
    throw new IvrError('MANIFEST_INVALID', `${paths.join(', ')}: expected a sentence or more`, {});
  return sentences;
}

async function filesAt(path: string, ending: string): Promise<readonly string[]> {
  if (!(await stat(path).catch(unreadable(path))).isDirectory()) return [path];
  const names = await readdir(path);
  return names
    .filter((name) => name.endsWith(ending))
    .toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .map((name) => join(path, name));
}

const unreadable =
  (file: string) =>
  (cause: unknown): never => {
    throw new IvrError(
      'MANIFEST_INVALID',
      `${file}: expected a readable file, found ${systemCode(cause) ?? 'an error'}`,
      { file },
      cause,
    );
  };
