import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../src/lib/logger.ts';
import type { ExampleSentence } from '../../src/understanding/engine/intent-jobs.ts';
import { type IntentEngine, openIntentEngine } from '../../src/understanding/engine/intent-engine.ts';
import { bankHotline } from '../dialogue/support/bank-hotline.ts';
import { childProcesses } from '../support/child-processes.ts';

const forever = new AbortController().signal;
const examples: readonly ExampleSentence[] = bankHotline.examples.flatMap(({ intent, sentences }) =>
  sentences.map((text) => ({ text, intent })),
);

let engine: IntentEngine;
beforeAll(async () => {
  engine = await openIntentEngine({}, silentLogger);
}, 120_000);
afterAll(() => engine[Symbol.asyncDispose]());

test('what callers say does not wait until something is learnt, and who has learnt is gone', async () => {
  const order: string[] = [];
  const learning = engine.learn(examples, forever).then(() => order.push('learnt'));
  await engine.encode('i lost my card', forever).then(() => order.push('encoded'));
  await learning;
  expect(order).toEqual(['encoded', 'learnt']);
  expect(await childProcesses('intent-process')).toHaveLength(1);
}, 120_000);

test('learning that is cancelled leaves no process behind', async () => {
  const stop = new AbortController();
  const learning = engine.learn(examples, stop.signal);
  stop.abort();
  await expect(learning).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(await childProcesses('intent-process')).toHaveLength(1);
}, 120_000);

test.each([
  ['nothing', ''],
  ['no letters', '💳 \u0000\ud800 余额 \u202e…'],
  ['wide letters', 'ＢＡＬＡＮＣＥ'],
  ['a word without an end', 'a'.repeat(200_000)],
  ['very many words, digits and apostrophes', `${'balance '.repeat(50_000)}${'1'.repeat(50_000)}${"'".repeat(50_000)}`],
])(
  '%s has a vector of length 1',
  async (_, text) => {
    const { vector } = await engine.encode(text, forever);
    expect(vector).toHaveLength(384);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 3);
  },
  60_000,
);
