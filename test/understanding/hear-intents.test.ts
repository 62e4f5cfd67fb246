import { describe, expect, test } from 'vitest';
import type { Heard, Interpretation } from '../../src/dialogue/dialogue.ts';
import { CONNECTIVES } from '../../src/language/en/connectives.ts';
import { hearIntents, type LearntIntents } from '../../src/understanding/hear-intents.ts';

const EXAMPLES = [
  { intent: 'balance', of: 'option', sentences: [] },
  { intent: 'fees', of: 'option', sentences: [] },
  { intent: 'person', of: 'command', sentences: [] },
] as const;
const INTENTS = ['balance', 'fees', 'branch', 'person'];

/** A classifier that has been told its answers. */
const told = (answers: Readonly<Record<string, readonly (readonly [string, number])[]>>): LearntIntents => ({
  accept: 0.9,
  classify: (words) =>
    Promise.resolve((answers[words.join(' ')] ?? []).map(([intent, confidence]) => ({ intent, confidence }))),
});

const free = (text: string, ...interpretations: Interpretation[]): Heard => ({
  words: text.split(' '),
  confidence: 0.8,
  free: true,
  interpretations,
});

async function heardAs(heard: Heard, learnt: LearntIntents, intents = INTENTS): Promise<readonly Interpretation[]> {
  const [one] = await hearIntents({ heard: [heard], intents, examples: EXAMPLES }, learnt, CONNECTIVES);
  return one?.interpretations ?? [];
}

describe('what was learnt, in a call', () => {
  test('a sure guess is taken; one below the threshold is marked for asking back', async () => {
    const learnt = told({ 'how rich am i': [['balance', 0.95]], 'what about money': [['balance', 0.6]] });
    expect(await heardAs(free('how rich am i'), learnt)).toEqual([
      { by: 'intent', meaning: { intent: 'balance' }, confidence: 0.95, sure: true },
    ]);
    expect(await heardAs(free('what about money'), learnt)).toMatchObject([{ confidence: 0.6, sure: false }]);
  });

  test('a command is a command', async () => {
    const learnt = told({ 'somebody alive please': [['person', 0.97]] });
    expect(await heardAs(free('somebody alive please'), learnt)).toMatchObject([{ meaning: { command: 'person' } }]);
  });

  test('out of scope means nothing, and brings no keyword of a learnt intent back', async () => {
    const guess: Interpretation = { by: 'intent', meaning: { intent: 'balance' }, confidence: 0.65 };
    const learnt = told({
      'account of my travels': [
        ['out-of-scope', 0.9],
        ['balance', 0.1],
      ],
    });
    expect(await heardAs(free('account of my travels', guess), learnt)).toEqual([]);
  });

  test('keywords of an intent without examples still count', async () => {
    const guess: Interpretation = { by: 'intent', meaning: { intent: 'branch' }, confidence: 0.7 };
    const learnt = told({ 'where is it': [['out-of-scope', 0.9]] });
    expect(await heardAs(free('where is it', guess), learnt)).toEqual([guess]);
  });

  test('what cannot be wanted here is no guess', async () => {
    const learnt = told({ 'how rich am i': [['balance', 0.95]] });
    expect(await heardAs(free('how rich am i'), learnt, ['fees'])).toEqual([]);
  });

  test('where nothing that was learnt can be wanted, the classifier is not asked', async () => {
    const guess: Interpretation = { by: 'intent', meaning: { intent: 'branch' }, confidence: 0.7 };
    const unasked: LearntIntents = { accept: 0.9, classify: () => Promise.reject(new Error('asked')) };
    expect(await heardAs(free('where is it', guess), unasked, ['branch'])).toEqual([guess]);
  });

  test('two things that are surely asked for are heard as one after the other', async () => {
    const learnt = told({
      'how rich am i and what does it cost': [['balance', 0.7]],
      'how rich am i': [['balance', 0.95]],
      'what does it cost': [['fees', 0.93]],
    });
    expect(await heardAs(free('how rich am i and what does it cost'), learnt)).toMatchObject([
      { meaning: { intent: 'balance' }, sure: true, also: 'fees' },
    ]);
  });

  test('a second half that is not sure is not heard for itself', async () => {
    const learnt = told({
      'how rich am i and so on and on': [['balance', 0.92]],
      'how rich am i': [['balance', 0.95]],
      'so on and on': [['fees', 0.5]],
    });
    const [first] = await heardAs(free('how rich am i and so on and on'), learnt);
    expect(first).toMatchObject({ meaning: { intent: 'balance' }, sure: true });
    expect(first).not.toHaveProperty('also');
  });

  test('a sentence of a grammar is left as the grammar means it', async () => {
    const meant: Interpretation = { by: 'grammar', meaning: { intent: 'fees' }, confidence: 0.8 };
    const learnt = told({ 'your fees please': [['balance', 0.99]] });
    expect(await heardAs(free('your fees please', meant), learnt)).toEqual([meant]);
  });
});
