import { describe, expect, test } from 'vitest';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import type { UninterpretedEvent } from '../../src/dialogue/understanding.ts';
import { IvrError } from '../../src/domain/error.ts';
import { PLAN_HEAD } from './support/plan-head.ts';
import { openSimulation, type Simulation } from './support/simulate.ts';

/* Slots that say what they are: each has what is said and keyed for it, what it means, and how it is said. */

const GRAMMARS: Readonly<Record<string, string>> = {
  'commands.abnf': '#ABNF 1.0 UTF-8;\nroot $c;\n$c = agent {command=person} | repeat {command=repeat};',
  'opening.abnf':
    '#ABNF 1.0 UTF-8;\nroot $r;\n$r = pay {intent=pay} [$<builtin:currency?as=value>] [on $<builtin:date?as=day>];',
};
const grammars = (name: string): string | undefined => GRAMMARS[name];

const planOf = (type: string, more = ''): string => `${PLAN_HEAD}flows:
  main:
    start: what
    states:
      what: { kind: question, say: What?, grammar: opening.abnf, options: { pay: { to: details, keys: '1' }, leave: { to: bye, keys: '2', phrases: [leave] } } }
      details:
        kind: form
        slots:
          value: { say: Which?, type: ${type}${more} }
        next: told
      told: { kind: say, say: 'It is {{value}}.', next: bye }
      person: { kind: transfer, because: asked, completed: bye, no-answer: bye }
      bye: { kind: end, say: Goodbye. }
`;
const say = (words: string, confidence = 0.9): UninterpretedEvent => ({
  type: 'said',
  heard: [{ words: words.split(' '), confidence, free: false }],
});
const press = (digits: string): UninterpretedEvent => ({ type: 'keyed', digits });
const unfinished = (words: string, confidence = 0.9): UninterpretedEvent => ({
  type: 'said',
  heard: [{ words: words.split(' '), confidence, free: false, unfinished: true }],
});

const dialogues = new Map<string, ReturnType<typeof openDialogue>>();
function begin(type: string, today = '2026-11-30', more = ''): Simulation {
  const text = planOf(type, more);
  const dialogue = dialogues.get(text) ?? openDialogue('typed.yaml', text, grammars, []);
  dialogues.set(text, dialogue);
  return openSimulation(dialogue, { contact: 'c', caller: '', today });
}
function asked(type: string, ...events: readonly UninterpretedEvent[]): Simulation {
  const simulation = begin(type);
  simulation.send(press('1'));
  for (const event of events) simulation.send(event);
  return simulation;
}
const said = (simulation: Simulation): string =>
  simulation.lines
    .slice(simulation.lines.findLastIndex((line) => line.startsWith('caller:')) + 1)
    .flatMap((line) => (line.startsWith('bot: ') ? [line.slice(5)] : []))
    .join(' ');

const DOLLARS = '{ is: amount, currency: USD }';
const ACCOUNT = '{ is: account, length: 8 }';
const CARD = '{ is: account, length: 16, check: luhn }';
const FROM = '{ is: choice, choices: { savings: [savings account, savings], current: [current account, checking] } }';

describe('what is said is the value that the type makes of it', () => {
  test.each([
    ['number', 'three point one four', 'It is three point one four.'],
    [DOLLARS, 'two hundred and twenty five dollars', 'It is two hundred twenty-five dollars.'],
    [DOLLARS, 'three dollars and five cents', 'It is three dollars and five cents.'],
    ['date', 'the third of march', 'It is March third, twenty twenty-seven.'],
    ['date', 'tomorrow', 'It is December first, twenty twenty-six.'],
    ['{ is: date, days: past }', 'the third of march', 'It is March third, twenty twenty-six.'],
    ['date', 'december second', 'It is December second, twenty twenty-six.'],
    ['time', 'quarter past three in the afternoon', 'It is three fifteen P M.'],
    ['duration', 'an hour and a half', 'It is one hour and thirty minutes.'],
    [ACCOUNT, 'one two three four five six seven eight', 'It is one two three four, five six seven eight.'],
    [
      CARD,
      'four one one one one one one one one one one one one one one one',
      'It is four one one one, one one one one, one one one one, one one one one.',
    ],
    ['{ is: spelled, max-length: 6 }', 'alpha bravo one two', 'It is A B, one two.'],
    [
      '{ is: spelled, length: 12 }',
      'alpha b c one two three double four d e f golf',
      'It is A B C, one two three, four four, D E F G.',
    ],
    ['spelled', 'triple x', 'It is X X X.'],
    ['phone', 'five five five one two one two', 'It is five five five, one two one two.'],
    [FROM, 'savings', 'It is savings account.'],
    ['yesno', 'no thanks', 'It is no.'],
  ])('%s: %s', (type, words, expected) => {
    expect(said(asked(type, say(words)))).toContain(expected);
  });
});

describe('what is keyed is the same kind of value', () => {
  test.each([
    [DOLLARS, '12*5', 'It is twelve dollars and fifty cents.'],
    [DOLLARS, '15', 'It is fifteen dollars.'],
    ['date', '20270303', 'It is March third, twenty twenty-seven.'],
    ['date', '0303', 'It is March third, twenty twenty-seven.'],
    ['time', '0315', 'It is three fifteen A M.'],
    ['duration', '90', 'It is one hour and thirty minutes.'],
    [ACCOUNT, '12345678', 'It is one two three four, five six seven eight.'],
    [FROM, '2', 'It is current account.'],
    ['yesno', '1', 'It is yes.'],
  ])('%s: %s', (type, keys, expected) => {
    expect(said(asked(type, press(keys)))).toContain(expected);
  });

  test('the keypad form of a choice is read out', () => {
    const simulation = begin(FROM);
    simulation.hears(false);
    simulation.send(press('1'));
    expect(said(simulation)).toContain('For savings account, press 1. For current account, press 2.');
  });
});

describe('what is no such value is asked for again', () => {
  test.each([
    [CARD, say('four one one one one one one one one one one one one one one two')],
    [CARD, press('4111111111111112')],
    ['date', press('20270230')],
    ['date', press('20200101')],
    ['{ is: date, days: past }', say('tomorrow')],
    ['time', press('2515')],
    [DOLLARS, say('five euros')],
    [DOLLARS, press('12*555')],
    ['phone', say('one two three')],
  ])('%s', (type, event) => {
    const simulation = asked(type, event);
    expect(said(simulation)).toContain('Which?');
    expect(simulation.waiting).toBe('answer');
  });
});

describe('two readings are a question', () => {
  const WHICH =
    'Did you mean twelve dollars and fifty cents, or one thousand two hundred fifty dollars? Please say the first, or the second.';
  test('that is answered by place, by key, or by saying it in full', () => {
    expect(said(asked(DOLLARS, say('twelve fifty')))).toBe(WHICH);
    expect(said(asked(DOLLARS, say('twelve fifty'), say('the first')))).toContain(
      'It is twelve dollars and fifty cents.',
    );
    expect(said(asked(DOLLARS, say('twelve fifty'), say('the second one')))).toContain('two hundred fifty dollars.');
    expect(said(asked(DOLLARS, say('twelve fifty'), press('2')))).toContain('It is one thousand two hundred');
    expect(said(asked(DOLLARS, say('twelve fifty'), say('no twelve dollars and fifty two cents')))).toContain(
      'It is twelve dollars and fifty-two cents.',
    );
  });

  test('one sixty-six is a dollar sixty-six or a hundred and sixty-six, never 1606', () => {
    expect(said(asked(DOLLARS, say('one sixty six')))).toContain(
      'Did you mean one dollar and sixty-six cents, or one hundred sixty-six dollars?',
    );
  });

  test('of a time without morning or afternoon, too; what the pattern excludes is no reading', () => {
    expect(said(asked('time', say('half past three')))).toContain(
      'Did you mean three thirty P M, or three thirty A M?',
    );
    const simulation = begin('time', '2026-11-30', ", matches: '(0[89]|1[0-7]):[0-5]\\d'");
    simulation.send(press('1'));
    simulation.send(say('half past three'));
    expect(said(simulation)).toContain('It is three thirty P M.');
  });

  test('that silence and nonsense ask again', () => {
    expect(said(asked(DOLLARS, say('twelve fifty'), { type: 'no-match' }))).toContain('Did you mean');
    expect(said(asked(DOLLARS, say('twelve fifty'), { type: 'no-input' }))).toContain('Did you mean');
  });
});

describe('teens and tens are read back, in figures', () => {
  test.each(['fifteen dollars', 'fifty dollars', 'one hundred and ninety dollars'])('%s', (words) => {
    expect(said(asked(DOLLARS, say(words)))).toMatch(/^I heard .* dollars, in figures .*\. Is that right\?$/);
  });
  test('and taken with a yes; fifty-two is not among them', () => {
    expect(said(asked(DOLLARS, say('fifteen dollars')))).toBe(
      'I heard fifteen dollars, in figures one five. Is that right?',
    );
    expect(said(asked(DOLLARS, say('fifteen dollars'), say('yes')))).toContain('It is fifteen dollars.');
    expect(said(asked(DOLLARS, say('fifteen dollars'), say('no fifty dollars')))).toContain('in figures five zero');
    expect(said(asked(DOLLARS, say('fifty two dollars')))).toContain('It is fifty-two dollars.');
  });
});

describe('one door for values', () => {
  test('the opening sentence', () => {
    const open = (words: string, confidence?: number): string => {
      const simulation = begin(DOLLARS);
      simulation.send(say(words, confidence));
      return said(simulation);
    };
    expect(open('pay twenty five dollars')).toContain('It is twenty-five dollars.');
    expect(open('pay twenty five dollars', 0.6)).toContain('I heard twenty-five dollars. Is that right?');
    expect(open('pay twelve fifty')).toContain('Did you mean twelve dollars and fifty cents, or');
    expect(open('pay fifteen dollars')).toContain('in figures one five');
    expect(open('pay five euros')).toBe('Which?');
  });

  test('an account half said and half keyed, in either order, wherever it is divided', () => {
    const digits = 'one two three four five six seven eight'.split(' ');
    for (let at = 2; at < 8; at++) {
      const [words, rest] = [digits.slice(0, at).join(' '), digits.slice(at).join(' ')];
      const keys = '12345678';
      const whole = 'It is one two three four, five six seven eight.';
      expect(said(asked(ACCOUNT, unfinished(words), press(keys.slice(at))))).toContain(whole);
      expect(said(asked(ACCOUNT, press(keys.slice(0, at)), say(rest)))).toContain(whole);
      expect(said(asked(ACCOUNT, unfinished(words), say(rest)))).toContain(whole);
    }
  });

  test('a number is as sure as its least sure piece: heard unsurely, it is read back though the rest is sure or keyed', () => {
    const rest = 'five six seven eight';
    const readBack = 'I heard one two three four, five six seven eight. Is that right?';
    const begun = unfinished('one two three four', 0.6);
    expect(said(asked(ACCOUNT, begun, say(rest)))).toBe(readBack);
    expect(said(asked(ACCOUNT, begun, press('5678')))).toBe(readBack);
    expect(said(asked(ACCOUNT, begun, press('56'), press('78')))).toBe(readBack);
    expect(said(asked(ACCOUNT, begun, unfinished('five six'), say('seven eight')))).toBe(readBack);
    // keyed anew, nothing of it counts
    expect(said(asked(ACCOUNT, begun, press('12345678')))).toContain('It is one two three four, five six seven eight.');
  });

  test('what was begun and then given may be its end, or all of it: where both are numbers it is asked', () => {
    const type = '{ is: account, min-length: 6, max-length: 8 }';
    const which = 'Did you mean one two three four, five six seven eight, or three four five, six seven eight?';
    const rest = 'three four five six seven eight';
    for (const events of [
      [unfinished('one two'), press('345678')],
      [press('12'), press('345678')],
    ])
      expect(said(asked(type, ...events))).toContain(which);
    expect(said(asked(type, unfinished('one two'), press('345678'), press('2')))).toContain(
      'It is three four five, six seven eight.',
    );
    const spoken = asked(type, unfinished('one two'), say(rest));
    expect(said(spoken)).toMatch(/^Did you mean three four five, six seven eight, or one two three four/);
    spoken.send(say('the second'));
    expect(said(spoken)).toContain('It is one two three four, five six seven eight.');
  });

  test('an account of 8 to 19 digits with a pause anywhere is heard as a whole', () => {
    const names = 'zero one two three four five six seven eight nine'.split(' ');
    for (let length = 8; length <= 19; length++) {
      const words = Array.from({ length }, (_, n) => names[(n * 7 + length) % 10] ?? '');
      for (let at = 1; at < length; at++) {
        const simulation = asked(
          `{ is: account, length: ${length} }`,
          unfinished(words.slice(0, at).join(' ')),
          say(words.slice(at).join(' ')),
        );
        expect(said(simulation).replaceAll(',', '')).toContain(`It is ${words.join(' ')}.`);
      }
    }
  });
});

test('a yes that may as well be a no is neither', () => {
  const heard = ['yes', 'no'].map((word, n) => ({ words: [word], confidence: 0.8 - n / 100, free: false }));
  expect(said(asked('yesno', { type: 'said', heard }))).toBe('Pardon? Which?');
  expect(said(asked('yesno', { type: 'said', heard: heard.slice(0, 1) }))).toContain('It is yes.');
});

describe('the check refuses', () => {
  const refused = (text: string): string => {
    try {
      openDialogue('typed.yaml', text, grammars, []);
      return '';
    } catch (thrown) {
      if (thrown instanceof IvrError) return thrown.message;
      throw thrown;
    }
  };
  test.each([
    ['amount', /19:39: expected the currency of the amount/],
    ['account', /expected the length of the account's number/],
    ['{ is: digits, length: 40 }', /expected/],
    ['{ is: date, currency: USD }', /expected of date days, found 'currency'/],
    ['{ is: choice, choices: { one: [first] } }', /expected two to 9 choices/],
    ['{ is: choice, choices: { one: [1st], two: [second] } }', /expected words as spoken/],
    ['weekday', /expected/],
  ])('%s', (type, expected) => expect(refused(planOf(type))).toMatch(expected));

  test('figures of which nobody has said what they are', () => {
    const untyped = planOf('X').replace('type: X', "grammar: 'builtin:digits?length=4'");
    expect(refused(untyped)).toContain("expected to know as what the figures of 'value' are said");
    expect(refused(untyped.replace('{{value}}', '{{value|digits}}'))).toBe('');
  });

  test('a value that is said as what it is not', () => {
    expect(refused(planOf('date').replace('{{value}}', '{{value|digits}}'))).toContain(
      'expected a format of a value of type date (date, figures)',
    );
  });
});
