import { describe, expect, test } from 'vitest';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import type { UninterpretedEvent } from '../../src/dialogue/understanding.ts';
import { call as callHotline, lastWords, press, say as sayHotline, secretly } from './support/bank-hotline.ts';
import { openSimulation } from './support/simulate.ts';
import { smallGrammars, smallPlan, SMALL_SERVICES } from './support/small-plan.ts';

/* A value is valid, sure enough and confirmed where that is wanted, wherever it comes from. */

const OPENING = `#ABNF 1.0 UTF-8;
root $r;
$r = balance {intent=balance} [for $<builtin:digits?min=3;max=5;as=account>];`;
const ACCOUNT = `        grammar: builtin:digits?length=4
        matches: '[1-5]{4}'
        invalid: An account has four digits from one to five.`;
const CONFIRM = `
        confirm: 'I heard {{account|digits}}. Right?'`;

function call(when: 'never' | 'unsure' | 'always', ...events: readonly UninterpretedEvent[]) {
  const slot = when === 'never' ? ACCOUNT : `${ACCOUNT}${CONFIRM}\n        confirm-when: ${when}`;
  const plan = smallPlan([
    ['    say: Balance or goodbye?', '    say: Balance or goodbye?\n    grammar: opening.abnf'],
    ['balance: { to: ask, phrases: [balance], keys: ', 'balance: { to: ask, keys: '],
    ['        grammar: builtin:digits?length=4', slot],
  ]);
  const grammars = (name: string) => (name === 'opening.abnf' ? OPENING : smallGrammars(name));
  const simulation = openSimulation(openDialogue('small.yaml', plan, grammars, SMALL_SERVICES), {
    contact: 'c',
    caller: '',
  });
  for (const event of events) simulation.send(event);
  return simulation.lines.slice(simulation.lines.findLastIndex((line) => line.startsWith('caller:')) + 1);
}
const say = (words: string, confidence = 0.9): UninterpretedEvent => ({
  type: 'said',
  heard: [{ words: words.split(' '), confidence, free: false }],
});

describe('a value in the opening sentence', () => {
  test('that is valid and sure is taken', () => {
    expect(call('never', say('balance for one two three four'))).toEqual(['state: ask', 'bot: PIN?']);
    expect(call('unsure', say('balance for one two three four'))).toEqual(['state: ask', 'bot: PIN?']);
  });

  test.each(['never', 'unsure', 'always'] as const)('that is not valid is not taken (confirmed %s)', (when) => {
    for (const words of [
      'balance for one two three',
      'balance for nine nine nine nine',
      'balance for one two three four five',
    ])
      expect(call(when, say(words))).toEqual(['state: ask', 'bot: Account?']);
  });

  test('that is not sure is read back, and taken with a yes', () => {
    const opening = say('balance for one two three four', 0.6);
    expect(call('unsure', opening)).toEqual(['state: ask', 'bot: I heard one two three four. Right?']);
    expect(call('unsure', opening, say('yes'))).toEqual(['bot: PIN?']);
    expect(call('unsure', opening, say('no')).at(-1)).toBe('bot: Account?');
    expect(call('always', say('balance for one two three four'))).toEqual([
      'state: ask',
      'bot: I heard one two three four. Right?',
    ]);
  });

  test('that was hardly heard is asked for, even when what came with it is confirmed', () => {
    const opening = say('balance for one two three four', 0.4);
    expect(call('unsure', opening)).toEqual(['bot: Did you want balance?']);
    expect(call('unsure', opening, say('yes'))).toEqual(['state: ask', 'bot: Account?']);
    expect(call('never', opening, say('yes'))).toEqual(['state: ask', 'bot: Account?']);
  });
});

describe('an answer and its correction', () => {
  test('go the same way', () => {
    const asked = say('balance');
    expect(call('unsure', asked, say('one two three four', 0.6))).toEqual(['bot: I heard one two three four. Right?']);
    expect(call('unsure', asked, say('nine nine nine nine'))).toEqual([
      'bot: An account has four digits from one to five.',
      'bot: Account?',
    ]);
    expect(call('unsure', asked, say('one two three four', 0.6), say("no it's one one one one"))).toEqual([
      'bot: I heard one one one one. Right?',
    ]);
    expect(call('unsure', asked, say('one two three four', 0.6), say("no it's nine one one one")).join()).not.toContain(
      'nine',
    );
  });
});

describe('a caller who was verified and names an account with the next request', () => {
  const balanceOf = (account: string) => {
    const simulation = callHotline(sayHotline('what is my balance'), press('12345678'), secretly('2468'));
    simulation.send(sayHotline(`what is the balance of account ${account}`));
    return simulation;
  };

  test('has another one read back, and proves it, before anything is told of it', () => {
    const simulation = balanceOf('eight seven six five four three two one');
    expect(lastWords(simulation)).toBe('I heard eight seven six five, four three two one. Is that right?');
    simulation.send(sayHotline('yes'));
    expect(lastWords(simulation)).toContain('key in your four digit PIN');
  });

  test('has the same one served at once', () => {
    expect(lastWords(balanceOf('one two three four five six seven eight'))).toContain('The balance of the account');
  });
});

describe('a form that is passed when its own slot is known', () => {
  const passing = (confidence: number, ...events: readonly UninterpretedEvent[]) => {
    const plan = smallPlan([
      ['    say: Balance or goodbye?', '    say: Balance or goodbye?\n    grammar: opening.abnf'],
      ['balance: { to: ask, phrases: [balance], keys: ', 'balance: { to: first, keys: '],
      [
        '  ask:\n',
        `  first:
    kind: form
    unless: { known: account, to: tell-account }
    slots:
      account:
        say: Account?
${ACCOUNT}${CONFIRM}
    next: ask
  tell-account: { kind: say, say: 'It is {{account|digits}}.', next: hello }
  ask:
`,
      ],
    ]);
    const grammars = (name: string) => (name === 'opening.abnf' ? OPENING : smallGrammars(name));
    const simulation = openSimulation(openDialogue('small.yaml', plan, grammars, SMALL_SERVICES), {
      contact: 'c',
      caller: '',
    });
    for (const event of [say('balance for one two three four', confidence), ...events]) simulation.send(event);
    return lastWords(simulation);
  };

  test('is not passed by a value that waits to be judged', () => {
    expect(passing(0.6)).toBe('I heard one two three four. Right?');
    expect(passing(0.6, say('yes'))).toBe('PIN?');
  });
});
