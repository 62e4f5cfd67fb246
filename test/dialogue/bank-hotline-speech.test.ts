import { describe, expect, test } from 'vitest';
import { ASK_ACCOUNT } from './bank-hotline-texts.ts';
import { bankHotline, call, freely, lastWords, press, say } from './support/bank-hotline.ts';

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
    ['there is fraud on my card', 'Do you suspect a fraud?'],
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
