import { describe, expect, test } from 'vitest';
import { type UninterpretedEvent } from '../../src/dialogue/understanding.ts';
import { ASK_ACCOUNT, ASK_PIN, BALANCE } from './bank-hotline-texts.ts';
import {
  bankHotline,
  call,
  lastListening,
  lastWords,
  noise,
  press,
  say,
  secretly,
  silence,
} from './support/bank-hotline.ts';

const READ_BACK = 'I heard one two three four, five six seven eight. Is that right?';

describe('the opening', () => {
  test('begins with both notices, uninterruptible, and nothing listens until they were heard', () => {
    const [, ...effects] = bankHotline.start({ contact: 'c', caller: '+1' });
    expect(effects).toEqual([
      {
        do: 'say',
        bargeIn: 'none',
        prompts: [
          expect.objectContaining({ id: 'notice/recording', kind: 'static', notice: { id: 'recording', version: 1 } }),
          expect.objectContaining({ id: 'notice/assistant', kind: 'static', notice: { id: 'assistant', version: 1 } }),
        ],
      },
    ]);
  });

  test('then greets, asks openly, takes speech and keys, and offers a person', () => {
    const simulation = call();
    expect(simulation.lines.filter((line) => line.startsWith('bot: ')).slice(2)).toEqual([
      'bot: Welcome to Example Bank.',
      'bot: How can I help you? You can always ask for a person.',
    ]);
    expect(lastListening(simulation)).toMatchObject({
      speech: { orFree: true },
      keys: { min: 1, max: 1, secret: false },
    });
  });

  test.each(["i don't want to be recorded", 'no recording please', 'please do not record this call'])(
    'a caller who refuses (%s) is asked first, then told the other way, and the call ends for that',
    (words) => {
      const simulation = call(say(words));
      expect(lastWords(simulation)).toBe(
        'I cannot serve you by phone without a recording. Do you want to end this call?',
      );
      simulation.send(say('yes'));
      expect(lastWords(simulation)).toContain('Please visit a branch, or write to us');
      expect(simulation.effects.at(-1)).toEqual({ do: 'hang-up', because: 'notice-refused' });
    },
  );
});

describe('balance', () => {
  test('by voice: account, PIN by keys, balance, anything else', () => {
    const simulation = call(say("what's my balance"));
    expect(lastWords(simulation)).toBe(ASK_ACCOUNT);
    simulation.send(say('one two three four five six seven eight'));
    expect(lastWords(simulation)).toBe(READ_BACK);
    simulation.send(say('yes'));
    expect(lastWords(simulation)).toBe(ASK_PIN);
    simulation.send(secretly('2468'));
    expect(lastWords(simulation)).toBe(BALANCE);
    simulation.send(say("no that's all"));
    expect(lastWords(simulation)).toContain('Were you satisfied with this call?');
    simulation.send(say('yes'));
    expect(lastWords(simulation)).toBe('Thank you for calling Example Bank. Goodbye.');
    expect(simulation.effects.at(-1)).toEqual({ do: 'hang-up', because: 'bot-hung-up' });
  });

  test('by keys alone', () => {
    const simulation = call(press('1'), press('12345678'), secretly('2468'));
    expect(lastWords(simulation)).toBe(BALANCE);
    simulation.send(press('9'));
    simulation.send(silence);
    expect(simulation.waiting).toBe('end');
  });

  test('the account may be said with the request, and is read back before it counts', () => {
    const simulation = call(say('what is the balance of account one two three four five six seven eight'));
    expect(lastWords(simulation)).toBe(READ_BACK);
    const denied = call(say('what is the balance of account one two three four five six seven eight'), say('no'));
    expect(lastWords(denied)).toContain('eight digit account number, one digit at a time.');
    denied.send(press('87654321'));
    expect(lastWords(denied)).toBe(ASK_PIN);
    simulation.send(say('yes'));
    expect(lastWords(simulation)).toBe(ASK_PIN);
  });

  test('the PIN is asked by keys only, secretly, and is not interrupted by speech', () => {
    const simulation = call(say('balance'), press('12345678'));
    expect(lastListening(simulation)).toMatchObject({ keys: { min: 4, max: 4, secret: true, terminator: '#' } });
    expect(lastListening(simulation)?.speech).toBeUndefined();
    expect(simulation.effects.findLast((effect) => effect.do === 'say')?.bargeIn).toBe('keys');
  });

  test('the balance is dynamic speech, the questions are static', () => {
    const simulation = call(say('balance'), press('12345678'), secretly('2468'));
    const prompts = simulation.effects.flatMap((effect) => (effect.do === 'say' ? effect.prompts : []));
    expect(prompts.filter(({ kind }) => kind === 'dynamic').map(({ id }) => id)).toEqual(['say-balance']);
    expect(bankHotline.staticPrompts.map(({ text }) => text)).toEqual(
      expect.arrayContaining(prompts.filter(({ kind }) => kind === 'static').map(({ text }) => text)),
    );
  });

  test('a wrong PIN is asked again; the third locks and goes to a person', () => {
    const simulation = call(say('my balance please'), press('12345678'), secretly('1111'));
    expect(lastWords(simulation)).toBe(`That PIN is not right. ${ASK_PIN}`);
    simulation.send(secretly('2222'));
    simulation.send(secretly('3333'));
    expect(lastWords(simulation)).toContain('locked for telephone banking');
    expect(simulation.effects.at(-1)).toMatchObject({
      do: 'transfer',
      because: 'pin-locked',
      context: { intent: 'balance', account: '12345678' },
    });
  });

  test('starting again does not forgive wrong PINs', () => {
    const simulation = call(say('my balance'), press('12345678'), secretly('1111'), press('*'));
    expect(lastWords(simulation)).toBe(`That PIN is not right. ${ASK_PIN}`);
    expect(JSON.stringify(simulation.state)).toContain('"identify.verify/wrong-pin":1');
  });

  test('a PIN of the wrong length never reaches the bank', () => {
    const simulation = call(say('balance'), press('12345678'), secretly('24'));
    expect(lastWords(simulation)).toBe('A PIN has four digits. Please key in your four digit PIN.');
  });

  test('an unknown account is asked again', () => {
    const simulation = call(say('balance'), press('99999999'), secretly('2468'));
    expect(lastWords(simulation)).toBe(`I cannot find that account number. ${ASK_ACCOUNT}`);
  });

  test('too few digits', () => {
    expect(lastWords(call(say('balance'), press('1')))).toBe(
      'An account number has eight digits. Please say or key in your eight digit account number, one digit at a time.',
    );
  });

  test('an account number heard uncertainly is read back; no asks again; a correction is taken', () => {
    const simulation = call(say('balance'), say('one two three four five six double seven', 0.6));
    expect(lastWords(simulation)).toBe('I heard one two three four, five six seven seven. Is that right?');
    simulation.send(say("no it's one two three four five six seven eight"));
    expect(lastWords(simulation)).toBe('I heard one two three four, five six seven eight. Is that right?');
    simulation.send(say('yes'));
    expect(lastWords(simulation)).toBe(ASK_PIN);
    const denied = call(say('balance'), say('one two three four five six double seven', 0.6), say('no'));
    expect(lastWords(denied)).toContain('Please say or key in your eight digit account number, one digit at a time.');
  });

  test('verified once, the balance is told again without the PIN', () => {
    expect(lastWords(call(say('balance'), press('12345678'), secretly('2468'), say('my balance')))).toBe(BALANCE);
  });

  test('a bank that does not answer leads to a person, never to a hang-up', () => {
    const simulation = call(say('balance'), press('12345678'));
    const [state] = bankHotline.step(simulation.state, secretly('2468'));
    const [, ...effects] = bankHotline.step(state, { type: 'looked-up', id: 1, result: { outcome: 'failed' } });
    expect(effects.at(-1)).toMatchObject({ do: 'transfer', because: 'bank-unreachable' });
  });

  test('an answer to an earlier look-up means nothing', () => {
    const simulation = call(say('balance'), press('12345678'));
    const [state] = bankHotline.step(simulation.state, secretly('2468'));
    const step = bankHotline.step(state, { type: 'looked-up', id: 7, result: { outcome: 'done', values: {} } });
    expect(step).toEqual([state]);
  });

  test('while the bank thinks, fillers are ready', () => {
    const simulation = call(say('balance'), press('12345678'), secretly('2468'));
    const lookUp = simulation.effects.find((effect) => effect.do === 'look-up');
    expect(lookUp?.fillers.map(({ afterMs, prompt }) => [afterMs, prompt.text])).toEqual([
      [1500, 'One moment please.'],
      [5000, 'I am sorry that it takes so long. I am still checking.'],
    ]);
  });
});

describe('questions with fixed answers', () => {
  test.each([
    ['when are you open on saturday', 'on Saturday from nine to twelve'],
    ['what are your opening hours', 'Monday to Friday'],
    ["what's the address", '1 Market Street'],
    ['where is your nearest branch', '1 Market Street'],
    ['when will my new card arrive', 'five working days'],
    ['what is your interest rate', 'two percent'],
    ['what is my transfer limit', 'ten thousand dollars'],
    ['can i use my card abroad', 'before you travel'],
    ['what are the account fees', 'three dollars a month'],
    ['i forgot my pin', 'We never tell or change a PIN by phone'],
  ])('%s', (question, answer) => {
    const words = lastWords(call(say(question)));
    expect(words).toContain(answer);
    expect(words).toContain('Is there anything else I can do for you?');
  });

  test('one after the other, then yes and no', () => {
    const simulation = call(say('opening hours'), say('where is the branch'), say('yes'));
    expect(lastWords(simulation)).toContain('How can I help you?');
    expect(lastWords(call(say('opening hours'), say('no', 0.6)))).toBe('Shall I end the call?');
  });
});

/** A number that was not said to its end. */
const brokenOff = (text: string, confidence = 0.9): UninterpretedEvent => ({
  type: 'said',
  heard: [{ words: text.split(' '), confidence, free: false, unfinished: true }],
});

describe('a number with a pause in it', () => {
  const asked = () => call(say("what's my balance"));

  test('what was said is kept and read out, the rest is asked for and listened for', () => {
    const simulation = asked();
    simulation.send(brokenOff('my account is one two three four'));
    expect(lastWords(simulation)).toBe('I have one two three four. Please say the rest.');
    const { speech } = lastListening(simulation) ?? {};
    expect(speech?.grammar.key).toContain(' from ');
    expect(bankHotline.completes(simulation.state, ['five', 'six', 'seven', 'eight'])).toBe(true);
    expect(bankHotline.completes(simulation.state, ['five', 'six'])).toBe(false);
    simulation.send(say('five six seven eight'));
    expect(lastWords(simulation)).toBe(READ_BACK);
  });

  test('it may be half said and half keyed, in either order, and is read back', () => {
    const digits = 'one two three four five six seven eight'.split(' ');
    const keys = '12345678';
    for (let at = 2; at < 8; at++) {
      const said = digits.slice(0, at).join(' ');
      const keyedBehind = call(say('balance'), brokenOff(said), press(keys.slice(at)));
      expect(lastWords(keyedBehind)).toBe(READ_BACK);
      const keyedBefore = call(say('balance'), press(keys.slice(0, at)));
      expect(lastWords(keyedBefore)).toMatch(/^I have .*\. Please say the rest\.$/);
      keyedBefore.send(say(digits.slice(at).join(' ')));
      expect(lastWords(keyedBefore)).toBe(READ_BACK);
      const keyedTwice = call(say('balance'), press(keys.slice(0, at)), press(keys.slice(at)), say('yes'));
      expect(lastWords(keyedTwice)).toBe(ASK_PIN);
    }
    // more keys than the number has digits are none, and what was begun is forgotten
    const tooMany = call(say('balance'), press('1234567'), press('89'));
    expect(lastWords(tooMany)).toContain('An account number has eight digits.');
    tooMany.send(press('12345678'));
    expect(lastWords(tooMany)).toBe(ASK_PIN);
  });

  test('it may pause more than once, or be said anew from the beginning', () => {
    const thrice = asked();
    for (const part of ['one two', 'three four', 'five six']) thrice.send(brokenOff(part));
    expect(lastWords(thrice)).toBe('I have one two three, four five six. Please say the rest.');
    thrice.send(say('seven eight'));
    expect(lastWords(thrice)).toBe(READ_BACK);
    const anew = asked();
    anew.send(brokenOff('one two three four'));
    anew.send(say('one two three four five six seven eight'));
    expect(lastWords(anew)).toBe(READ_BACK);
  });

  test('keys take over, and then none of what was said counts', () => {
    const simulation = asked();
    simulation.send(brokenOff('eight seven'));
    simulation.send(press('12345678'));
    expect(lastWords(simulation)).toBe(ASK_PIN);
  });

  test('what was hardly heard, or begins nothing here, is not kept', () => {
    for (const event of [brokenOff('one two three four', 0.35), brokenOff('nine o clock')]) {
      const simulation = asked();
      simulation.send(event);
      expect(lastWords(simulation)).toContain('Sorry, I did not understand that.');
    }
  });

  test('not understanding the rest starts the number over', () => {
    const simulation = asked();
    simulation.send(brokenOff('one two three four'));
    simulation.send(noise);
    expect(lastListening(simulation)?.speech?.grammar.key).not.toContain(' from ');
    simulation.send(say('five six seven eight'));
    expect(lastWords(simulation)).not.toContain('Is that right?');
  });
});
