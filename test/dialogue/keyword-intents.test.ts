import { expect, test } from 'vitest';
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

test('nothing is guessed from nothing', () => {
  expect(guess('the weather')).toEqual([]);
  expect(guessIntents([], ['balance'])).toEqual([]);
});
