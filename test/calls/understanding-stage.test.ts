import { expect, test } from 'vitest';
import {
  openUnderstandingStage,
  type UnderstandingStageOptions,
} from '../../src/calls/conversation/understanding-stage.ts';
import type { DialogueState, Heard } from '../../src/dialogue/dialogue.ts';
import { grammarUnderstanding, type Understanding } from '../../src/dialogue/understanding.ts';
import { IvrError } from '../../src/domain/error.ts';
import { ms } from '../../src/domain/units.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { Transcript } from '../../src/speech/speech-service.ts';
import { bankHotline, call } from '../dialogue/support/bank-hotline.ts';

const { state } = call();
const transcript = (...words: string[]): Transcript => ({
  outcome: 'match',
  hypotheses: words.map((text) => ({ words: text.split(' '), confidence: 0.9, free: true })),
  decode: ms(1),
  queued: ms(1),
  audio: ms(1),
});
const never = new AbortController().signal;

function stage(understanding: Understanding, more: Partial<UnderstandingStageOptions> = {}) {
  const failures: string[] = [];
  const understand = openUnderstandingStage({
    dialogue: bankHotline,
    understanding,
    state: () => state,
    onFailed: ({ code }) => failures.push(code),
    logger: silentLogger,
    ...more,
  });
  return { understand, failures };
}
const byGrammar = (...words: string[]): readonly Heard[] =>
  bankHotline.interpret(state, transcript(...words).hypotheses);

test('grammars and keywords answer at once: words come with their interpretations', () => {
  const { understand } = stage(grammarUnderstanding);
  const understood = understand(transcript('what is my balance', 'my card was stolen'), 'final', never);
  expect(understood).not.toBeInstanceOf(Promise);
  expect(understood).toMatchObject({
    hypotheses: [
      { interpretations: [{ by: 'grammar', meaning: { intent: 'balance' } }, { by: 'intent' }] },
      {
        interpretations: [
          { by: 'grammar', meaning: { intent: 'lost-card' } },
          { by: 'intent', meaning: { intent: 'lost-card' } },
        ],
      },
    ],
  });
});

test('a model may take its time; what it adds is what the dialogue decides by', async () => {
  const thinking = deferred<void>();
  const asked: string[][] = [];
  const { understand, failures } = stage({
    async interpret({ heard, intents }) {
      asked.push([...intents]);
      await thinking.promise;
      return heard.map((one) => ({
        ...one,
        interpretations: [{ by: 'intent', meaning: { intent: 'balance' }, confidence: 0.95 }],
      }));
    },
  });
  const understood = understand(transcript('how rich am i'), 'final', never);
  expect(understood).toBeInstanceOf(Promise);
  thinking.resolve();
  const { hypotheses } = await understood;
  expect(asked[0]).toEqual(expect.arrayContaining(['balance', 'lost-card', 'repeat']));
  expect(bankHotline.means(state, hypotheses)).toBe(true);
  expect(bankHotline.means(state, byGrammar('how rich am i'))).toBe(false);
  const [next] = bankHotline.step(state, { type: 'said', heard: hypotheses });
  expect(next).not.toEqual(state);
  expect(failures).toEqual([]);
});

test.each<readonly [string, Understanding['interpret']]>([
  [
    'throws',
    () => {
      throw new Error('no model');
    },
  ],
  ['rejects', () => Promise.reject(new IvrError('UNDERSTANDING_FAILED', 'no model'))],
  ['is late', () => new Promise(() => undefined)],
])('one that %s: the grammars are used alone, and the failure is told', async (how, interpret) => {
  const { understand, failures } = stage({ interpret }, { deadline: ms(5) });
  const understood = await understand(transcript('what is my balance'), 'final', never);
  expect(understood.hypotheses).toEqual(byGrammar('what is my balance'));
  expect(failures).toEqual([how === 'is late' ? 'DEADLINE_EXCEEDED' : 'UNDERSTANDING_FAILED']);
});

test('what is late is told to stop', async () => {
  const stopped: boolean[] = [];
  const { understand } = stage(
    {
      interpret: (_, signal) =>
        new Promise(() => signal.addEventListener('abort', () => stopped.push(true), { once: true })),
    },
    { deadline: ms(5) },
  );
  await understand(transcript('what is my balance'), 'final', never);
  expect(stopped).toEqual([true]);
});

test('what is not wanted any more has not failed', async () => {
  const { understand, failures } = stage({ interpret: () => new Promise(() => undefined) });
  const given = new AbortController();
  const understood = understand(transcript('what is my balance'), 'final', given.signal);
  given.abort();
  await understood;
  expect(failures).toEqual([]);
});

test('a partial decode, silence and a dialogue that has not begun ask no model', () => {
  let asked = 0;
  const model: Understanding = {
    interpret({ heard }) {
      asked += 1;
      return heard;
    },
  };
  expect(stage(model).understand(transcript('what is'), 'partial', never)).toMatchObject({ hypotheses: [{}] });
  expect(stage(model).understand(transcript(), 'final', never)).toMatchObject({ hypotheses: [] });
  const nothing = (): DialogueState | undefined => undefined;
  expect(stage(model, { state: nothing }).understand(transcript('hello'), 'final', never)).toMatchObject({
    hypotheses: [{ words: ['hello'], interpretations: [] }],
  });
  expect(asked).toBe(0);
});
