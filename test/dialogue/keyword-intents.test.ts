import { describe, expect, test } from 'vitest';
import { guessIntents } from '../../src/dialogue/nlu/keyword-intents.ts';

const INTENTS = [
  { name: 'balance', keywords: ['balance', 'how much money', '-limit'] },
  { name: 'lost-card', keywords: ['lost', 'stolen', 'card'] },
  { name: 'limit', keywords: ['limit', 'how much'] },
];
const guess = (text: string) => guessIntents(INTENTS, text.split(' '));

test('longer phrases weigh more', () => {
  expect(guess('how much money is there').map(({ name }) => name)).toEqual(['balance', 'limit']);
});

test('endings do not matter', () => {
  expect(guess('two cards')[0]?.name).toBe('lost-card');
});

test('a keyword may speak against', () => {
  expect(guess('balance limit').map(({ name }) => name)).toEqual(['limit']);
});

test('two intents that are equally likely are not a guess', () => {
  expect(guess('balance card')[0]?.confidence).toBe(0);
});

test('one word alone is less sure than several', () => {
  const [one] = guess('card');
  const [two] = guess('lost card');
  expect(one?.confidence).toBeGreaterThan(0.5);
  expect(two?.confidence).toBeGreaterThan(one?.confidence ?? 1);
});

test('forms of one word are one word', () => {
  const [two] = guessIntents([{ name: 'recording', keywords: ['recorded', 'recording'] }], ['recorded']);
  expect(two?.confidence).toBe(guess('card')[0]?.confidence);
});

test('nothing is guessed from nothing', () => {
  expect(guess('the weather')).toEqual([]);
  expect(guessIntents([], ['balance'])).toEqual([]);
});

describe('what we are told not to do is not asked for', () => {
  const REQUESTS = [
    { name: 'goodbye', keywords: ['hang up', 'goodbye'], request: true },
    { name: 'person', keywords: ['a person', 'speak to', 'put me through'], request: true },
    { name: 'no-recording', keywords: ['not want to be recorded', 'not record'], request: true },
    { name: 'card', keywords: ['my card'] },
  ];
  const meant = (text: string) => guessIntents(REQUESTS, text.split(' ')).map(({ name }) => name);

  test.each([
    "don't hang up",
    'please do not hang up yet',
    'never hang up on me',
    'not goodbye',
    'i do not want to speak to a person',
    "i'd rather not speak to a person",
    'i would not like you to put me through',
  ])('%s', (text) => expect(meant(text)).toEqual([]));

  test.each([
    ['hang up please', 'goodbye'],
    ["why don't you put me through", 'person'],
    ['can i not speak to a person', 'person'],
    ["i don't understand this let me speak to a person", 'person'],
    ["i don't want to speak to a robot i want a person", 'person'],
    ["i don't want to be recorded", 'no-recording'],
    ["please don't record this", 'no-recording'],
    ['do not block my card', 'card'],
  ])('%s: %s', (text, name) => expect(meant(text)).toEqual([name]));
});
