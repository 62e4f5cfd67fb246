import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { DialogueEvent } from '../../src/dialogue/dialogue.ts';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import { openSimulation } from './support/simulate.ts';
import {
  bankHotline,
  call,
  freely,
  grammarSource,
  lastWords,
  noise,
  press,
  SERVICES,
  say,
  silence,
} from './support/bank-hotline.ts';

describe('a person', () => {
  test.each([
    ['agent'],
    ['i want to speak to a person'],
    ['operator please'],
    ['can i talk to a human being'],
    ['put me through to somebody'],
  ])('%s, anywhere speech is taken', (words) => {
    for (const simulation of [
      call(say(words)),
      call(say('balance'), say(words)),
      call(say('i lost my card'), press('12345678'), say(words)),
    ])
      expect(simulation.effects.at(-1)).toMatchObject({ do: 'transfer', because: 'requested', ringMs: 20_000 });
  });

  test('by key 0, except where digits are collected', () => {
    expect(call(press('0')).waiting).toBe('transfer');
    expect(call(say('balance'), press('0')).waiting).toBe('answer');
  });

  test('is promised to nobody when there is none: the apology comes at once', () => {
    const simulation = openSimulation(bankHotline, { contact: 'c', caller: '+1', person: false });
    simulation.send(say('agent'));
    expect(simulation.waiting).toBe('transfer');
    expect(simulation.lines.join()).not.toContain('putting you through');
    simulation.send({ type: 'transfer-ended', outcome: 'failed' });
    expect(lastWords(simulation)).toContain('nobody is free at the moment');
  });

  test('reports the wish, and the call ends after the talk', () => {
    const simulation = call(say('agent'));
    expect(simulation.effects).toContainEqual({
      do: 'report',
      fact: { type: 'person-requested', because: 'requested' },
    });
    simulation.send({ type: 'transfer-ended', outcome: 'completed' });
    expect(simulation.effects.at(-1)).toEqual({ do: 'hang-up', because: 'bot-hung-up' });
  });

  test.each(['no-answer', 'busy', 'declined', 'failed'] as const)(
    '%s: an apology, then once more or back',
    (outcome) => {
      const simulation = call(say('agent'));
      simulation.send({ type: 'transfer-ended', outcome });
      expect(lastWords(simulation)).toContain('nobody is free at the moment. Shall I try again?');
      simulation.send(say('yes'));
      expect(simulation.waiting).toBe('transfer');
      simulation.send({ type: 'transfer-ended', outcome });
      simulation.send(say('no thanks'));
      expect(lastWords(simulation)).toBe('All right. How can I help you? You can always ask for a person.');
    },
  );

  test('who has to prove it again and has no number at hand is asked the questions, and is back with the person', () => {
    const simulation = openSimulation(bankHotline, { contact: 'c', caller: '+1' }, ({ service }) => ({
      outcome: 'done',
      values:
        service === 'current-account'
          ? { account: '12345678', currency: 'USD' }
          : { session: 'session-1', customer: 'Customer One' },
    }));
    simulation.send(say('agent'));
    simulation.send({ type: 'transfer-ended', outcome: 'verify' });
    for (const words of ["i don't have my account number", 'yes']) simulation.send(say(words));
    for (const words of ['e c six seven g j', 'katherine ellis']) simulation.send(freely(words));
    simulation.send(press('27091979'));
    expect(simulation.waiting).toBe('transfer');
  });

  test('the apology for a disturbance is ready before it is needed', () => {
    expect(bankHotline.disturbed).toMatchObject({ id: 'trouble/disturbed', kind: 'static' });
    expect(bankHotline.staticPrompts).toContainEqual(bankHotline.disturbed);
  });

  test('a caller who hangs up meanwhile is gone', () => {
    const simulation = call(say('agent'));
    simulation.send({ type: 'transfer-ended', outcome: 'caller-hung-up' });
    expect(simulation.effects.at(-1)).toEqual({ do: 'hang-up', because: 'caller-hung-up' });
  });
});

describe('trouble', () => {
  test('silence: two more chances, then a goodbye', () => {
    const simulation = call(silence);
    expect(lastWords(simulation)).toContain('I did not hear anything. You can say');
    simulation.send(silence);
    expect(lastWords(simulation)).toContain('For your balance, press 1.');
    simulation.send(silence);
    expect(lastWords(simulation)).toContain('I cannot hear anything, so I will hang up now.');
    expect(simulation.effects.at(-1)).toEqual({ do: 'hang-up', because: 'silent-caller' });
  });

  test('no match: two more chances, then a person', () => {
    const simulation = call(noise);
    expect(lastWords(simulation)).toContain('Sorry, I did not understand that.');
    simulation.send(noise);
    expect(lastWords(simulation)).toContain('I am sorry, I still did not understand.');
    simulation.send(noise);
    expect(lastWords(simulation)).toContain('I am having trouble understanding you. I am putting you through');
    expect(simulation.effects.at(-1)).toMatchObject({ do: 'transfer', because: 'trouble' });
  });

  test('mixed trouble leads to a person: somebody is there', () => {
    expect(call(silence, noise, silence).effects.at(-1)).toMatchObject({ do: 'transfer', because: 'trouble' });
  });

  test('silences count over questions, answers end the count', () => {
    expect(
      call(say('balance'), silence, silence, say('one two three four five six seven eight'), silence).waiting,
    ).toBe('answer');
  });

  test('default apologies are followed by the short question', () => {
    expect(lastWords(call(say('balance'), noise))).toBe(
      'Sorry, I did not understand that. Please say or key in your eight digit account number, one digit at a time.',
    );
  });

  test('each trouble is reported with its number', () => {
    const facts = call(noise, silence).effects.flatMap((effect) =>
      effect.do === 'report' && effect.fact.type.startsWith('no-') ? [effect.fact] : [],
    );
    expect(facts).toEqual([
      { type: 'no-match', attempt: 1 },
      { type: 'no-input', attempt: 1 },
    ]);
  });
});

describe('while the caller speaks', () => {
  const { state } = call();
  const account = call(say('balance')).state;

  test.each([
    ['what is my balance', true],
    ['agent', true],
    ['what is my', false],
    ['green bananas', false],
  ])('completes: %s → %s', (words, complete) => expect(bankHotline.completes(state, words.split(' '))).toBe(complete));

  test('completes: an account number has eight digits', () => {
    expect(bankHotline.completes(account, 'one two three four five six seven'.split(' '))).toBe(false);
    expect(bankHotline.completes(account, 'one two three four five six seven eight'.split(' '))).toBe(true);
  });

  test.each([
    ['what is the interest rate', true],
    ['what is the interest rate on savings', false],
    ['what is my balance', true],
    ['what are your opening hours', false],
  ])('more could be said after: %s → %s', (words, more) =>
    expect(bankHotline.extendable(state, words.split(' '))).toBe(more),
  );

  test('a courtesy after an account number is not waited for', () => {
    expect(bankHotline.extendable(account, 'one two three four five six seven eight'.split(' '))).toBe(false);
    expect(bankHotline.extendable(account, 'one two three four'.split(' '))).toBe(true);
  });

  test.each([
    ['what is my balance', 0.9, false, true],
    ['my card was stolen', 0.9, true, true],
    ['pass me the salt', 0.9, true, false],
    ['what is my balance', 0.1, false, false],
  ])('means something: %s at %d, free %s → %s', (words, confidence, free, meant) =>
    expect(
      bankHotline.means(state, bankHotline.interpret(state, [{ words: words.split(' '), confidence, free }])),
    ).toBe(meant),
  );
});

describe('another language', () => {
  const french: DialogueEvent = { type: 'other-language', language: 'fr' };

  test('is answered in the line’s own, with the keys; the second time a person comes', () => {
    const simulation = call(french);
    expect(lastWords(simulation)).toMatch(
      /^I am sorry, I do not understand this language\. You can use your keypad\. .*press 1/,
    );
    simulation.send(french);
    expect(simulation.effects.findLast((effect) => effect.do === 'transfer')).toMatchObject({
      because: 'other-language',
    });
  });

  test('goes where the dialplan serves it', () => {
    const text = readFileSync('dialplans/bank-hotline.yaml', 'utf8').replace(
      'other-language:\n',
      'other-language:\n  languages: { fr: { to: person, because: french } }\n',
    );
    const served = openSimulation(openDialogue('french.yaml', text, grammarSource, SERVICES), {
      contact: 'contact-1',
      caller: '+1',
    });
    served.send(french);
    expect(served.effects.findLast((effect) => effect.do === 'transfer')).toMatchObject({ because: 'french' });
  });

  test('is never an answer: a question of yes and no is asked again', () => {
    const simulation = call(say('i lost my card'), say('my account number is one two three four five six seven eight'));
    simulation.send(french);
    expect(lastWords(simulation)).toContain('press 1');
    expect(simulation.effects.some((effect) => effect.do === 'look-up')).toBe(false);
  });
});
