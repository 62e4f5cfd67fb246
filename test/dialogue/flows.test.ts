import { describe, expect, test } from 'vitest';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import type { UninterpretedEvent } from '../../src/dialogue/understanding.ts';
import { IvrError } from '../../src/domain/error.ts';
import { FLOWS_PLAN, flowsGrammars } from './support/flows-plan.ts';
import { openSimulation } from './support/simulate.ts';

const say = (words: string): UninterpretedEvent => ({
  type: 'said',
  heard: [{ words: words.split(' '), confidence: 0.9, free: false }],
});
const press = (digits: string): UninterpretedEvent => ({ type: 'keyed', digits });
const dialogue = openDialogue('flows.yaml', FLOWS_PLAN, flowsGrammars, []);

function call(...events: readonly UninterpretedEvent[]) {
  const simulation = openSimulation(dialogue, { contact: 'c', caller: '' });
  for (const event of events) simulation.send(event);
  const { lines, state } = simulation;
  return {
    bot: lines.slice(lines.findLastIndex((line) => line.startsWith('caller:')) + 1),
    place: dialogue.place(state),
    simulation,
  };
}

describe('a flow', () => {
  test('begins with what it is given, returns what it is asked for, and goes back to its caller', () => {
    expect(call(press('1')).bot).toEqual(['state: paying', 'state: pay.details', 'bot: Which account?']);
    expect(call(press('1')).place).toMatchObject({
      flow: 'pay',
      state: 'details',
      slots: { limit: '500', kind: 'bill' },
    });
    expect(call(press('1'), say('one two three four')).bot).toEqual(['bot: How much, in bill?']);
    expect(call(press('1'), say('one two three four'), press('20#')).bot.at(-1)).toBe('bot: Pay 21 (false)?');
    const paid = call(press('1'), say('one two three four'), press('20#'), say('yes'));
    expect(paid.bot).toEqual([
      'state: pay.done',
      'state: paid',
      'bot: You paid 21 from one two three four.',
      'bot: Pay or leave?',
      'state: ask-what',
    ]);
    expect(paid.place).toMatchObject({ flow: 'main', state: 'ask-what', slots: { paid: '21' } });
  });

  test('keeps its slots to itself, but those that are for the call', () => {
    const first = [press('1'), say('one two three four'), press('20#'), say('yes')];
    const again = call(...first, press('1'));
    expect(again.bot.at(-1)).toBe('bot: How much, in bill?');
    expect(again.place.slots).toEqual({ account: '1234', limit: '500', kind: 'bill' });
  });

  test('branches by conditions, and returns in other ways', () => {
    const asked = [press('1'), press('1234')];
    expect(call(...asked, press('501#')).bot).toEqual([
      'state: pay.check',
      'bot: That is above five hundred.',
      'bot: Less please.',
      'bot: How much, in bill?',
      'state: pay.too-much',
      'state: pay.details',
    ]);
    expect(call(...asked, press('0#')).bot).toContain('bot: Nothing was paid.');
    expect(call(...asked, press('20#'), say('no')).bot).toContain('bot: Nothing was paid.');
    expect(call(...asked, press('200#')).bot.at(-1)).toBe('bot: Pay 201 (true)?');
    expect(call(...asked, press('333#')).bot.at(-1)).toBe('bot: Pay 334 (true)?');
  });

  test('gets what came along with the request, and judges it itself', () => {
    const opened = call(say('pay two zero from one two three four'));
    expect(opened.place).toMatchObject({ flow: 'pay', state: 'sure', slots: { amount: '21', account: '1234' } });
    expect(call(say('pay two zero')).place.slots).toMatchObject({ amount: '20' });
    expect(call(say('pay two zero'), press('4321')).bot.at(-1)).toBe('bot: Pay 21 (false)?');
  });

  test('is left for a person from every question, by word and by key, with what is known of the call', () => {
    for (const before of [[press('1')], [press('1'), press('1234')], [press('1'), press('1234'), press('20#')]]) {
      expect(call(...before, say('agent')).bot).toContain('transfer: requested');
      const { bot, simulation, place } = call(...before, say('agent'));
      expect(bot.at(-1)).toBe('transfer: requested');
      expect(place).toMatchObject({ flow: 'main', state: 'person' });
      const transfer = simulation.effects.findLast((effect) => effect.do === 'transfer');
      expect(transfer).toMatchObject({ context: before.length > 1 ? { account: '1234' } : {} });
    }
    const tired = [press('1'), press('1234'), say('nonsense'), say('nonsense'), say('nonsense')];
    expect(call(...tired).bot).toContain('transfer: trouble');
  });
});

describe('a question in between', () => {
  test('is answered, and the one that it interrupts is asked again', () => {
    const answer = ['bot: Take your time.', 'bot: Back to it.'];
    expect(call(press('1'), say('hold on')).bot).toEqual([...answer, 'bot: Which account?', 'state: pay.details']);
    expect(call(press('1'), press('1234'), press('20#'), say('hold on')).bot).toEqual([
      ...answer,
      'bot: Pay 21 (false)?',
      'state: pay.sure',
    ]);
    expect(call(press('1'), press('1234'), press('20#'), say('hold on'), say('yes')).bot).toContain('state: paid');
  });

  test('is asked again as it was, when it was whether something was meant', () => {
    const guessed: UninterpretedEvent = { type: 'said', heard: [{ words: ['pay'], confidence: 0.4, free: false }] };
    const [asked] = call(guessed).bot;
    expect(asked).toMatch(/pay\?$/);
    expect(call(guessed, say('hold on')).bot).toEqual([
      'bot: Take your time.',
      'bot: Back to it.',
      asked,
      'state: ask-what',
    ]);
    expect(call(guessed, say('hold on'), say('yes')).bot).toContain('state: paying');
  });

  test('may be of that question alone', () => {
    expect(call(press('1'), say('i do not have it')).bot.slice(0, 2)).toEqual([
      'bot: It is on your card.',
      'bot: Back to it.',
    ]);
    expect(call(press('1'), say('i do not have it'), press('1234')).bot.at(-1)).toBe('bot: How much, in bill?');
    expect(call(say('i do not have it')).bot).toContain('bot: Pardon?');
  });

  test('may be a flow, which asks; nothing is forgotten meanwhile', () => {
    const asked = [press('1'), press('1234'), say('what does it cost')];
    expect(call(...asked).bot).toEqual([
      'state: explain-fees.tell',
      'bot: It costs nothing.',
      'bot: Is that clear?',
      'state: explain-fees.more',
    ]);
    expect(call(...asked, say('yes')).bot).toEqual([
      'state: explain-fees.done',
      'bot: Back to it.',
      'bot: How much, in bill?',
      'state: pay.details',
    ]);
    expect(call(...asked, say('yes'), press('20#')).bot.at(-1)).toBe('bot: Pay 21 (false)?');
    expect(call(...asked, say('no')).bot).toContain('transfer: asked');
    // who asks it again within the answer hears it anew
    expect(call(...asked, say('what does it cost')).bot).toContain('bot: Is that clear?');
    expect(call(...asked, say('what does it cost'), say('yes')).bot.at(-2)).toBe('bot: How much, in bill?');
  });
});

function problems(from: string, to: string): string {
  expect(FLOWS_PLAN).toContain(from);
  try {
    openDialogue('flows.yaml', FLOWS_PLAN.replace(from, to), flowsGrammars, []);
  } catch (thrown) {
    if (thrown instanceof IvrError) return thrown.message;
    throw thrown;
  }
  return '';
}
const lineOf = (text: string): number => FLOWS_PLAN.slice(0, FLOWS_PLAN.indexOf(text)).split('\n').length;

test.each([
  [
    'an unknown flow',
    'flow: pay\n',
    'flow: pya\n',
    "expected the name of a flow (pay, explain-fees), found 'pya'",
    'flow: pay\n',
  ],
  ['a missing parameter', "limit: '5 * 100', kind", 'kind', "expected 'with' to give 'limit'", 'paying:\n'],
  [
    'a parameter too many',
    'kind: "\'bill\'" }',
    'kind: "\'bill\'", more: 1 }',
    "expected a parameter of 'pay', found 'more'",
    'with: {',
  ],
  ['a parameter of another type', "'5 * 100'", '"\'five\'"', "expected a number (''five'' is a text)", 'with: {'],
  [
    'what is not returned',
    'paid: amount',
    'paid: account',
    "expected what 'pay' returns (amount), found 'account'",
    'saves:',
  ],
  [
    'a way of returning without a way on',
    '        otherwise: { cancelled: not-paid }\n',
    '',
    "expected 'otherwise' to say where to go when 'pay' returns as 'cancelled'",
    'paying:\n',
  ],
  [
    'a slot of another flow',
    'You paid {{paid}}',
    'You paid {{amount}}',
    'expected a slot or value in {{…}}',
    'paid: { kind: say',
  ],
  [
    'a state of another flow',
    'escalate: main.person',
    'escalate: person',
    "expected the name of a state, found 'pay.person'",
    'escalate: main.person',
  ],
  [
    'a return of main',
    'not-paid: { kind: say, say: Nothing was paid., next: ask-what }',
    'not-paid: { kind: return }',
    "expected 'return' in a flow that is called",
    'not-paid: { kind',
  ],
  [
    'a flow that calls itself',
    'tell: { kind: say, say: It costs nothing., next: more }',
    'tell: { kind: call, flow: explain-fees, next: more }',
    'expected flows that do not call themselves, found explain-fees → explain-fees',
    'explain-fees:\n',
  ],
  ['an expression of an unknown name', 'amount > limit', 'amount > limits', "found 'limits'", 'when: amount > limit'],
  [
    'a comparison of a date with a text',
    'amount = 0',
    "today = 'monday'",
    'expected the same on both sides of =, found a date and a text',
    'when: amount = 0',
  ],
  [
    'a number for a condition',
    'amount = 0',
    'limit + 1',
    "expected a condition, which holds or not ('limit + 1' is a number)",
    'when: amount = 0',
  ],
  ['a broken expression', 'amount = 0', '(amount = 0', "expected ')', found 'the end'", 'when: amount = 0'],
])('%s is refused where it stands', (_, from, to, expected, marked) => {
  const found = problems(from, to);
  const mine = found.split('\n').find((line) => line.includes(expected));
  expect(mine, found).toBeDefined();
  expect(mine).toMatch(new RegExp(`^flows\\.yaml:${lineOf(marked)}:`));
});
