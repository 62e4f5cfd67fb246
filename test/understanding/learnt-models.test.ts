import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { IntentModel } from '../../src/understanding/intent-model.ts';
import { type LearntModels, openLearntModels } from '../../src/understanding/learnt-models.ts';

const EXAMPLES = [
  { text: 'how rich am i', intent: 'balance' },
  { text: 'what does it cost', intent: 'fees' },
];
const model: IntentModel = {
  intents: ['balance', 'fees'],
  head: { classes: 2, weights: Float32Array.of(1, 2, 3, 4), bias: new Float32Array(2) },
  grams: { grams: ['rich', 'cost'], idf: Float32Array.of(1, 1), unknownIdf: 2 },
  svm: { classes: 2, weights: Float32Array.of(1, 0, 0, 1), bias: new Float32Array(2) },
  temperature: 1,
  accept: 0.85,
};

let folder: string;
let models: LearntModels;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'tellerline-models-')), 'intents');
  models = openLearntModels(folder);
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));
async function onlyFile(): Promise<string> {
  const names = await readdir(folder);
  expect(names).toHaveLength(1);
  return join(folder, names[0] ?? '');
}

test('what was learnt is read again, by the same examples alone, and by nobody else', async () => {
  expect(await models.read(EXAMPLES)).toBeUndefined();
  await models.write(EXAMPLES, model);
  expect(await openLearntModels(folder).read(EXAMPLES)).toEqual(model);
  expect(await models.read(EXAMPLES.slice(1))).toBeUndefined();
  expect((await stat(await onlyFile())).mode & 0o777).toBe(0o600);
});

test.each<readonly [string, (file: string) => Promise<void>]>([
  ['is empty', (file) => truncate(file, 0)],
  ['has half of its digest', (file) => truncate(file, 16)],
  ['was cut short', async (file) => truncate(file, (await stat(file)).size - 1)],
  [
    'has another bit',
    async (file) => {
      const content = await readFile(file);
      content[content.length - 9] = (content[content.length - 9] ?? 0) ^ 1;
      await writeFile(file, content);
    },
  ],
  [
    'was written by a Node.js that serializes otherwise',
    async (file) => {
      const bytes = serialize(model);
      bytes[1] = 0xfe;
      await writeFile(file, Buffer.concat([createHash('sha256').update(bytes).digest(), bytes]));
    },
  ],
])('a file that %s is none, and is replaced', async (_, damage) => {
  await models.write(EXAMPLES, model);
  await damage(await onlyFile());
  expect(await models.read(EXAMPLES)).toBeUndefined();
  await models.write(EXAMPLES, model);
  expect(await models.read(EXAMPLES)).toEqual(model);
  await onlyFile();
});

test('who reads while others write finds a whole one', async () => {
  await models.write(EXAMPLES, model);
  const found: unknown[] = [];
  const writers = Array.from({ length: 8 }, () => openLearntModels(folder).write(EXAMPLES, model));
  const all = Promise.all(writers).then(() => 'written');
  for (let now = ''; now !== 'written'; now = await Promise.race([all, Promise.resolve('')]))
    found.push(await models.read(EXAMPLES));
  expect(found.every((one) => one !== undefined)).toBe(true);
  await onlyFile();
});

test('what earlier dialplans taught, and what a crash left, does not gather for ever', async () => {
  await models.write(EXAMPLES, model);
  const old = new Date(Date.now() - 7_200_000);
  const aged = Array.from({ length: 220 }, (_, n) => `${n}.bin`);
  for (const name of [...aged, 'left.bin.new', 'other']) {
    await writeFile(join(folder, name), '');
    await utimes(join(folder, name), old, old);
  }
  await writeFile(join(folder, 'begun.bin.new'), '');
  await models.write(EXAMPLES.slice(1), model);
  const names = await readdir(folder);
  expect(names.filter((name) => name.endsWith('.bin'))).toHaveLength(200);
  expect(names).toEqual(expect.arrayContaining(['begun.bin.new', 'other']));
  expect(names).not.toContain('left.bin.new');
  expect(await models.read(EXAMPLES)).toEqual(model);
  expect(await models.read(EXAMPLES.slice(1))).toEqual(model);
});
