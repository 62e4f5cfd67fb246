import { describe, expect, test } from 'vitest';
import { understood } from '../../src/dialogue/understanding.ts';
import { ASK_ACCOUNT, ASK_PIN, BALANCE } from './bank-hotline-texts.ts';
import {
  bankHotline,
  call,
  freely,
  lastListening,
  lastWords,
  noise,
  press,
  say,
  secretly,
  silence,
} from './support/bank-hotline.ts';

describe('commands', () => {
  test('repeat: the answer and the question, by voice and by key', () => {
    for (const again of [say('repeat that'), say('say that again'), press('*')])
      expect(lastWords(call(say('balance'), press('12345678'), secretly('2468'), again))).toBe(BALANCE);
    expect(lastWords(call(say('balance'), press('12345678'), press('*')))).toBe(ASK_PIN);
  });

  test('a command that was not meant leads back to the question that it interrupted, not to an earlier one', () => {
    const foreign = { type: 'other-language', language: 'de' } as const;
    const simulation = call(say('balance'), say('goodbye'), foreign, foreign);
    expect(simulation.waiting).toBe('transfer');
    simulation.send({ type: 'transfer-ended', outcome: 'no-answer' });
    expect(lastWords(simulation)).toContain('Shall I try again?');
    simulation.send(say('goodbye'));
    simulation.send(say('no'));
    expect(lastWords(simulation)).toContain('Shall I try again?');
    expect(JSON.parse(JSON.stringify(simulation.state))).toEqual(simulation.state);
  });

  test('repeat after a misunderstanding leaves the apology out', () => {
    expect(lastWords(call(say('balance'), noise, say('repeat')))).toBe(ASK_ACCOUNT);
  });

  test('start again forgets what was said and verified', () => {
    const simulation = call(say('balance'), press('12345678'), secretly('2468'), say('start again'));
    expect(lastWords(simulation)).toBe(
      'All right, let us start again. How can I help you? You can always ask for a person.',
    );
    simulation.send(say('balance'));
    expect(lastWords(simulation)).toBe(ASK_ACCOUNT);
  });

  test.each(['is this call going to be recorded', 'are you recording me', 'do you record your calls'])(
    'who asks (%s) is told, and stays on the line',
    (words) => {
      for (const heard of [say(words), freely(words)]) {
        const simulation = call(heard);
        expect(simulation.lines.some((line) => line.startsWith('bot: Yes, this call is recorded'))).toBe(true);
        expect(simulation.waiting).toBe('answer');
      }
    },
  );

  test.each(["don't hang up", 'please do not hang up on me', "wait don't end the call", 'please stay on the line'])(
    'who asks us to stay (%s) hears the question again',
    (words) => expect(lastWords(call(say('balance'), freely(words)))).toBe(ASK_ACCOUNT),
  );

  test.each([
    'i do not want to be recorded',
    "i don't agree to be recorded",
    'is it possible not to be recorded',
    'can you turn the recording off',
    'i would rather not be recorded',
  ])('who refuses the recording (%s) is asked whether to end the call', (words) => {
    expect(lastWords(call(freely(words)))).toContain('without a recording. Do you want to end this call?');
  });

  test('nobody is put through who does not want it', () => {
    expect(call(freely('i do not want to speak to a person')).waiting).toBe('answer');
  });

  describe('those that end the call are asked about first', () => {
    const ended = { do: 'hang-up', because: 'bot-hung-up' };
    const ASKED = 'Do you want to end this call?';

    test.each([say('goodbye'), say('goodbye', 0.6), freely('goodbye then')])('however surely heard: %j', (heard) => {
      const simulation = call(heard);
      expect(lastWords(simulation)).toBe(ASKED);
      expect(lastListening(simulation)).toMatchObject({ keys: { min: 1, max: 1 } });
      for (const yes of [say('yes'), press('1'), say('goodbye')])
        expect(call(heard, yes).effects.at(-1)).toEqual(ended);
    });

    test('a yes that was half heard ends nothing', () => {
      const simulation = call(say('goodbye'), say('yes', 0.6));
      expect(lastWords(simulation)).toBe('Please say yes or no. Or press 1 for yes, or 2 for no.');
    });

    test.each([say('no'), press('2')])('no leads back to the question that was interrupted: %j', (no) => {
      expect(lastWords(call(say('goodbye'), no))).toBe(
        'All right, I am still here. How can I help you? You can always ask for a person.',
      );
      expect(lastWords(call(say('balance'), say('goodbye'), no))).toBe(`All right, I am still here. ${ASK_ACCOUNT}`);
      const readBack = call(say('balance'), say('one two three four five six double seven', 0.6));
      const question = lastWords(readBack);
      readBack.send(say('goodbye'));
      readBack.send(no);
      expect(lastWords(readBack)).toBe(`All right, I am still here. ${question}`);
      readBack.send(say('yes'));
      expect(lastWords(readBack)).toBe(ASK_PIN);
    });

    test('silence, and words that mean neither, lead back as well', () => {
      expect(lastWords(call(say('goodbye'), silence))).toBe('How can I help you? You can always ask for a person.');
      expect(lastWords(call(say('goodbye'), noise))).toBe('Please say yes or no. Or press 1 for yes, or 2 for no.');
      expect(lastWords(call(say('goodbye'), noise, noise))).toBe(
        'How can I help you? You can always ask for a person.',
      );
      // who stays silent is let go in the end
      const gone = call(say('goodbye'), silence, silence, silence);
      expect(gone.effects.at(-1)).toEqual({ do: 'hang-up', because: 'silent-caller' });
    });

    test('one in the middle of another, and a person instead', () => {
      const simulation = call(say('balance'), say('goodbye'), say('no recording'));
      expect(lastWords(simulation)).toContain('I cannot serve you by phone without a recording.');
      simulation.send(say('no'));
      expect(lastWords(simulation)).toBe(`All right, I am still here. ${ASK_ACCOUNT}`);
      expect(call(say('goodbye'), say('agent')).effects.at(-1)).toMatchObject({ do: 'transfer' });
      expect(lastWords(call(say('goodbye'), say('repeat')))).toBe(ASKED);
    });

    test('troubles with the question count on where they were', () => {
      const simulation = call(noise, say('goodbye'), say('no'), noise);
      expect(lastWords(simulation)).toBe(
        'I am sorry, I still did not understand. For your balance, press 1. For a lost card, press 2. For opening hours, press 3. For a person, press 0.',
      );
    });
  });
});

describe('what comes from outside', () => {
  test('keys only: said once, menus read with their keys, no speech', () => {
    const simulation = call({ type: 'keys-only' });
    expect(lastWords(simulation)).toBe(
      'I am sorry, I cannot understand speech at the moment. Please use your keypad. For your balance, press 1. For a lost or stolen card, press 2. For opening hours, press 3. For our address, press 4. For the delivery of a new card, press 5. For interest rates, press 6. For transfer limits, press 7. For other matters, press 8. For a person, press 0.',
    );
    expect(simulation.effects.at(-1)).toMatchObject({ do: 'listen', deaf: true });
    expect(lastListening(simulation)?.speech).toBeUndefined();
    simulation.hears(false);
    simulation.send(press('1'));
    expect(lastWords(simulation)).toBe('Please key in your eight digit account number.');
    simulation.send(press('12345678'));
    simulation.send(secretly('2468'));
    expect(lastWords(simulation)).toContain('thirty-four dollars and fifty-six cents. For nothing else, press 9.');
    simulation.send({ type: 'keys-only' });
    expect(simulation.waiting).toBe('answer');
  });

  test('speech comes back with the next question, and its loss is told again', () => {
    const simulation = call({ type: 'keys-only' }, press('1'));
    expect(lastWords(simulation)).toBe(ASK_ACCOUNT);
    expect(lastListening(simulation)?.speech).toBeDefined();
    simulation.hears(false);
    simulation.send(silence);
    expect(lastWords(simulation)).toBe(
      'Sorry, I did not hear anything. Please key in your eight digit account number.',
    );
    expect(lastListening(simulation)?.speech).toBeUndefined();
    simulation.hears(true);
    simulation.send(silence);
    expect(lastListening(simulation)?.speech).toBeDefined();
    simulation.send({ type: 'keys-only' });
    expect(lastWords(simulation)).toContain('I cannot understand speech at the moment.');
  });

  test('where keys alone are asked for anyway, nothing is said of it', () => {
    const simulation = call(say('balance'), press('12345678'));
    expect(simulation.effects.at(-1)).not.toHaveProperty('deaf');
    expect(lastWords(simulation)).toBe(ASK_PIN);
  });

  test('keys only before the first question', () => {
    const [begun] = bankHotline.start({ contact: 'c', caller: '' }, 'keys');
    const [, ...effects] = bankHotline.step(begun, { type: 'prompts-finished' }, 'keys');
    const said = effects.flatMap((effect) => (effect.do === 'say' ? effect.prompts : [])).map(({ id }) => id);
    expect(said).toEqual(['greeting', 'keys-only', 'main/keys']);
  });

  test.each([
    ['time-up', 'maximum-duration', 'the longest time'],
    ['shutdown', 'shutdown', 'technical reasons'],
  ] as const)('%s: an apology, then the end, wherever the call is', (type, because, words) => {
    const pending = call(say('balance'), press('12345678')).state;
    const [lookingUp] = bankHotline.step(pending, secretly('2468'));
    const [notices] = bankHotline.start({ contact: 'c', caller: '' });
    for (const state of [call().state, pending, lookingUp, notices, call(say('agent')).state]) {
      const [, ...effects] = bankHotline.step(state, { type });
      expect(
        effects
          .flatMap((effect) => (effect.do === 'say' ? effect.prompts : []))
          .map(({ text }) => text)
          .join(' '),
      ).toContain(words);
      expect(effects.at(-1)).toEqual({ do: 'hang-up', because });
    }
  });

  test('after the end nothing happens any more', () => {
    const simulation = call(say('goodbye'), say('yes'));
    for (const event of [{ type: 'shutdown' } as const, silence, say('balance'), { type: 'prompts-finished' } as const])
      expect(bankHotline.step(simulation.state, understood(bankHotline, simulation.state, event))).toEqual([
        simulation.state,
      ]);
  });
});
