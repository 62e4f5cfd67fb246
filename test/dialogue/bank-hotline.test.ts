import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { DialogueEvent } from '../../src/dialogue/dialogue.ts';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import { type UninterpretedEvent, understood } from '../../src/dialogue/understanding.ts';
import { openSimulation } from '../../src/lab/simulate.ts';
import {
  bankHotline,
  call,
  freely,
  grammarSource,
  lastListening,
  lastWords,
  noise,
  press,
  SERVICES,
  say,
  secretly,
  silence,
} from './support/bank-hotline.ts';

const ASK_ACCOUNT = 'Please say or key in your eight digit account number.';
const READ_BACK = 'I heard one two three four, five six seven eight. Is that right?';
const ASK_PIN = 'Please key in your four digit PIN. Do not say it. It is not recorded.';
const BALANCE =
  'The balance of the account that ends in five six seven eight is one thousand two hundred thirty-four dollars and fifty-six cents. Is there anything else I can do for you?';

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
    expect(lastWords(simulation)).toBe('Thank you for calling Example Bank. Goodbye.');
    expect(simulation.effects.at(-1)).toEqual({ do: 'hang-up', because: 'bot-hung-up' });
  });

  test('by keys alone', () => {
    const simulation = call(press('1'), press('12345678'), secretly('2468'));
    expect(lastWords(simulation)).toBe(BALANCE);
    simulation.send(press('9'));
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
    expect(JSON.stringify(simulation.state)).toContain('"verify/wrong-pin":1');
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
    expect(lastWords(call(say('balance'), press('1234')))).toBe(
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

describe('lost card', () => {
  const ASK =
    'Shall I block the card of account one two three four, five six seven eight? Say yes or no, or press 1 for yes, 2 for no.';

  test('account, an explicit yes, the block, its reference spoken', () => {
    const simulation = call(say('i lost my card'), say('my account number is one two three four five six seven eight'));
    expect(lastWords(simulation)).toBe(ASK);
    simulation.send(say('yes please'));
    expect(lastWords(simulation)).toContain(
      'The card is blocked. Your reference number is L C, four eight two, nine zero.',
    );
    expect(simulation.lines).toContain('look-up: block-card');
  });

  test('a yes that was not surely heard blocks nothing', () => {
    const simulation = call(say('i lost my card'), press('12345678'), say('yes', 0.6));
    expect(simulation.lines).not.toContain('look-up: block-card');
    expect(lastWords(simulation)).toContain('press 1 for yes');
    simulation.send(press('1'));
    expect(simulation.lines).toContain('look-up: block-card');
  });

  test('a yes and a no, both surely heard, are neither', () => {
    const heard = (...answers: readonly (readonly [words: string, confidence: number])[]) =>
      call(say('i lost my card'), press('12345678'), {
        type: 'said',
        heard: answers.map(([words, confidence]) => ({ words: words.split(' '), confidence, free: false })),
      });
    const asked = 'Sorry, I did not understand that. Please say yes to block the card, or no.';
    expect(lastWords(heard(['yep', 0.99], ['no', 0.98]))).toContain(asked);
    expect(lastWords(heard(['no', 0.98], ['yeah', 0.97]))).toContain(asked);
    expect(lastWords(heard(['no', 0.98], ['yeah', 0.3]))).toContain('I have not blocked anything.');
    expect(lastWords(heard(['yeah', 0.98], ['yes', 0.9]))).toContain('The card is blocked.');
  });

  test('no blocks nothing, and offers another number', () => {
    const simulation = call(say('my card was stolen'), press('12345678'), say('no'));
    expect(lastWords(simulation)).toContain('I have not blocked anything.');
    expect(simulation.lines).not.toContain('look-up: block-card');
    simulation.send(say('another number'));
    expect(lastWords(simulation)).toContain('eight digit account number');
    simulation.send(press('87654321'));
    expect(lastWords(simulation)).toContain('eight seven six five, four three two one');
    const back = call(say('my card was stolen'), press('12345678'), say('no'), say('never mind'));
    expect(lastWords(back)).toBe('Is there anything else I can do for you?');
  });

  test('yes and no in the words of the question', () => {
    const lost = (words: string) => call(say('my card was stolen'), press('12345678'), say(words));
    for (const words of ['yes block it', 'please block my card'])
      expect(lost(words).lines).toContain('look-up: block-card');
    for (const words of ["no it's another number", 'wrong number', "don't block it"])
      expect(lastWords(lost(words))).toContain('I have not blocked anything.');
  });

  test.each(['yes', 'no another number', 'a different account number', 'wrong number'])(
    'after a no, "%s" asks for the number',
    (words) => {
      const simulation = call(say('my card was stolen'), press('12345678'), say('no'), say(words));
      expect(lastWords(simulation)).toContain('eight digit account number');
    },
  );

  test('after a no, the right number may be said at once', () => {
    const simulation = call(
      say('my card was stolen'),
      press('87654321'),
      say('no'),
      say("another number it's one two three four five six seven eight"),
    );
    expect(lastWords(simulation)).toBe(ASK);
  });

  test('a correction is taken and asked again', () => {
    const simulation = call(
      say('i lost my card'),
      press('87654321'),
      say('no it is one two three four five six seven eight'),
    );
    expect(lastWords(simulation)).toBe(ASK);
    simulation.send(press('1'));
    expect(simulation.effects.findLast((effect) => effect.do === 'look-up')?.args).toEqual({ account: '12345678' });
  });

  test('hardly heard, a request is asked back whatever its risk; a value, an answer and a command are not taken', () => {
    const simulation = call(say('what is my balance', 0.4));
    expect(lastWords(simulation)).toBe('Do you want to hear your balance?');
    simulation.send(say('yes'));
    expect(lastWords(simulation)).toBe(ASK_ACCOUNT);
    expect(lastWords(call(say('what is my balance', 0.2)))).toContain('I did not understand that.');
    expect(lastWords(call(say('goodbye', 0.4)))).toContain('I did not understand that.');
    expect(lastWords(call(say('balance'), say('one two three four five six seven eight', 0.4)))).toContain(
      'one digit at a time',
    );
  });

  test('heard uncertainly, the request itself is confirmed', () => {
    const simulation = call(say('i lost my card', 0.6));
    expect(lastWords(simulation)).toBe('Do you want to report a lost or stolen card?');
    simulation.send(say('yes'));
    expect(lastWords(simulation)).toContain('I can block the card at once.');
    expect(lastWords(call(say('i lost my card', 0.6), press('1')))).toContain('I can block the card at once.');
    const other = call(say('i lost my card', 0.6), say('no my balance'));
    expect(lastWords(other)).toBe(ASK_ACCOUNT);
    const neither = call(say('i lost my card', 0.6), say('no'));
    expect(lastWords(neither)).toContain('Sorry, I did not understand that. You can say');
  });

  test('a bank that fails to block leads to a person', () => {
    const simulation = call(say('i lost my card'), press('12345678'));
    const [state] = bankHotline.step(simulation.state, press('1'));
    const [, ...effects] = bankHotline.step(state, { type: 'looked-up', id: 1, result: { outcome: 'failed' } });
    expect(effects.at(-1)).toMatchObject({ do: 'transfer', because: 'block-failed' });
  });
});

describe('free speech that no grammar takes', () => {
  test.each([
    'where can i buy a bicycle',
    'what time is the next train to boston',
    'i want to change my address',
    'i want to close my account',
    'i want to transfer money to my mother',
    'how much does a coffee cost',
    'what is the exchange rate',
    'who has access to my account',
    'i hope you have a nice weekend',
    'i am waiting',
    'send me a letter',
  ])('"%s" is not understood, and nothing is answered', (words) => {
    expect(lastWords(call(freely(words, 0.95)))).toMatch(/^Sorry, I did not understand that\./);
  });

  test.each([
    ['i lost my temper', 'Do you want to report a lost or stolen card?'],
    ['there is fraud on my card', 'Do you want to report a lost or stolen card?'],
    ['the machine swallowed my card', 'Do you want to report a lost or stolen card?'],
    ['are there any monthly charges', 'Do you want to know our account fees?'],
    ['what percent do you pay', 'Do you want to know our interest rate?'],
  ])('"%s" has one word that means something: asked back', (words, question) => {
    expect(lastWords(call(freely(words, 0.95)))).toBe(question);
  });

  test.each([
    ['could you give me the balance of my savings account', 'eight digit account number'],
    ['how much is in my account', 'eight digit account number'],
    ['does my card work in spain', 'before you travel'],
    ['what does the account cost', 'three dollars a month'],
    ['i would like to know when you are open on saturday', 'on Saturday from nine to twelve'],
    ['get me an agent now', 'putting you through to a person'],
  ])('"%s" is answered', (words, answer) => {
    expect(lastWords(call(freely(words, 0.95)))).toContain(answer);
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

describe('free speech, outside the grammar', () => {
  test.each([
    ['uh hello I was wondering how much money there is left', 'eight digit account number'],
    ['so basically when do the banks open again after the holidays opening hours', 'Monday to Friday'],
    ['What’s my balance?', 'eight digit account number'],
    ['get me somebody, a human', 'putting you through'],
  ])('%s', (words, answer) => expect(lastWords(call(freely(words)))).toContain(answer));

  test('what is risky or uncertain is asked', () => {
    expect(lastWords(call(freely('someone has stolen my purse and the card')))).toBe(
      'Do you want to report a lost or stolen card?',
    );
  });

  test('what speaks for nothing is no match', () => {
    expect(lastWords(call(freely('the weather is lovely')))).toContain('Sorry, I did not understand that.');
  });
});

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

describe('commands', () => {
  test('repeat: the answer and the question, by voice and by key', () => {
    for (const again of [say('repeat that'), say('say that again'), press('*')])
      expect(lastWords(call(say('balance'), press('12345678'), secretly('2468'), again))).toBe(BALANCE);
    expect(lastWords(call(say('balance'), press('12345678'), press('*')))).toBe(ASK_PIN);
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
      'I am sorry, I cannot understand speech at the moment. Please use your keypad. For your balance, press 1. For a lost or stolen card, press 2. For opening hours, press 3. For our address, press 4. For the delivery of a new card, press 5. For interest rates, press 6. For transfer limits, press 7. For a person, press 0.',
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

describe('another language', () => {
  const mandarin: DialogueEvent = { type: 'other-language', language: 'zh' };

  test('is answered in the line’s own, with the keys; the second time a person comes', () => {
    const simulation = call(mandarin);
    expect(lastWords(simulation)).toMatch(
      /^I am sorry, I only understand English\. You can use your keypad\. .*press 1/,
    );
    simulation.send(mandarin);
    expect(simulation.effects.findLast((effect) => effect.do === 'transfer')).toMatchObject({
      because: 'other-language',
    });
  });

  test('goes where the dialplan serves it', () => {
    const text = readFileSync('dialplans/bank-hotline.yaml', 'utf8').replace(
      'other-language:\n',
      'other-language:\n  languages: { zh: { to: person, because: mandarin } }\n',
    );
    const served = openSimulation(openDialogue('mandarin.yaml', text, grammarSource, SERVICES), {
      contact: 'contact-1',
      caller: '+1',
    });
    served.send(mandarin);
    expect(served.effects.findLast((effect) => effect.do === 'transfer')).toMatchObject({ because: 'mandarin' });
  });

  test('is never an answer: a question of yes and no is asked again', () => {
    const simulation = call(say('i lost my card'), say('my account number is one two three four five six seven eight'));
    simulation.send(mandarin);
    expect(lastWords(simulation)).toContain('press 1');
    expect(simulation.effects.some((effect) => effect.do === 'look-up')).toBe(false);
  });
});
