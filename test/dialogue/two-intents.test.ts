import { describe, expect, test } from 'vitest';
import type { DialogueEvent, Interpretation } from '../../src/dialogue/dialogue.ts';
import { call, lastWords, press, say, secretly } from './support/bank-hotline.ts';

/** As a classifier of intents has heard it. */
const meant = (...interpretations: readonly Omit<Interpretation, 'by'>[]): DialogueEvent => ({
  type: 'said',
  heard: [
    {
      words: ['whatever'],
      confidence: 0.8,
      free: true,
      interpretations: interpretations.map((one) => ({ by: 'intent', ...one })),
    },
  ],
});
const intent = (name: string, confidence: number, more: Partial<Interpretation> = {}) => ({
  meaning: { intent: name },
  confidence,
  sure: confidence >= 0.9,
  ...more,
});

describe('this, or that', () => {
  const EITHER = 'Do you want to know our account fees? Or: Do you want to know our interest rate?';

  test('two guesses that are close are both asked about, and the answer is taken', () => {
    const simulation = call();
    simulation.step(meant(intent('fees', 0.5), intent('interest-rate', 0.4)));
    expect(lastWords(simulation)).toBe(EITHER);
    simulation.send(say('what is the interest rate'));
    expect(simulation.lines).toContain('state: more');
    expect(simulation.lines.join()).toContain('two percent a year');
  });

  test('yes to both is no answer; it is asked again', () => {
    const simulation = call();
    simulation.step(meant(intent('fees', 0.5), intent('interest-rate', 0.4)));
    simulation.send(say('yes'));
    expect(lastWords(simulation)).toContain('Sorry, I did not understand that.');
    expect(simulation.waiting).toBe('answer');
  });

  test('no goes back to the question', () => {
    const simulation = call();
    simulation.step(meant(intent('fees', 0.5), intent('interest-rate', 0.4)));
    simulation.send(say('no'));
    simulation.send(say('what is my balance'));
    expect(simulation.lines).toContain('state: identify');
  });

  test('a guess that is well ahead is asked about alone', () => {
    const simulation = call();
    simulation.step(meant(intent('fees', 0.7), intent('interest-rate', 0.2)));
    expect(lastWords(simulation)).toBe('Do you want to know our account fees?');
    simulation.send(say('yes'));
    expect(simulation.lines.join()).toContain('three dollars a month');
  });
});

describe('two things in one sentence', () => {
  test('are answered one after the other', () => {
    const simulation = call();
    simulation.step(meant(intent('fees', 0.95, { also: 'branch' })));
    const words = simulation.lines.filter((line) => line.startsWith('bot: ')).join('\n');
    expect(words).toMatch(
      /three dollars a month[\s\S]*Now to your other question\.[\s\S]*1 Market Street[\s\S]*Is there anything else/,
    );
    const wanted = simulation.effects.flatMap((effect) =>
      effect.do === 'report' && effect.fact.type === 'intent-matched' ? [effect.fact.intent] : [],
    );
    expect(wanted).toEqual(['fees', 'branch']);
  });

  test('the second waits until the first is done, however many questions that takes', () => {
    const simulation = call();
    simulation.step(meant(intent('balance', 0.95, { also: 'card-arrival' })));
    simulation.send(press('12345678'));
    simulation.send(say('yes'));
    simulation.send(secretly('2468'));
    const words = simulation.lines.filter((line) => line.startsWith('bot: ')).join('\n');
    expect(words).toMatch(
      /The balance of the account[\s\S]*Now to your other question\.[\s\S]*within five working days/,
    );
  });

  test('what is risky is asked before it is begun', () => {
    const simulation = call();
    simulation.step(meant(intent('fees', 0.95, { also: 'lost-card' })));
    expect(lastWords(simulation)).toMatch(/Do you want to report a lost or stolen card\?$/);
    simulation.send(say('yes'));
    expect(simulation.lines).toContain('state: lost-card');
  });

  test('it is kept over a question back about the first', () => {
    const simulation = call();
    simulation.step(meant({ ...intent('lost-card', 0.95), also: 'fees' }));
    expect(lastWords(simulation)).toBe('Do you want to report a lost or stolen card?');
    simulation.send(say('yes'));
    simulation.send(press('12345678'));
    simulation.send(press('1'));
    simulation.send(say('no'));
    expect(simulation.lines.join()).toMatch(/The card is blocked\.[\s\S]*three dollars a month/);
  });

  test('a caller who starts again is asked anew: nothing waits any more', () => {
    const simulation = call();
    simulation.step(meant(intent('balance', 0.95, { also: 'fees' })));
    simulation.send(say('start again'));
    expect(lastWords(simulation)).toBe(
      'All right, let us start again. How can I help you? You can always ask for a person.',
    );
    simulation.send(press('4'));
    expect(lastWords(simulation)).toContain('1 Market Street');
    expect(simulation.lines.join()).not.toContain('other question');
  });

  test('what the caller has chosen meanwhile is not served a second time', () => {
    const simulation = call();
    simulation.step(meant(intent('balance', 0.95, { also: 'card-arrival' })));
    simulation.send(press('12345678'));
    simulation.hears(false);
    simulation.send(secretly('2468'));
    simulation.send(press('5'));
    expect(lastWords(simulation)).toContain('within five working days');
    simulation.hears(true);
    simulation.send(press('4'));
    expect(lastWords(simulation)).toContain('1 Market Street');
    expect(simulation.lines.join()).not.toContain('other question');
  });
});
