import { describe, expect, test } from 'vitest';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import type { UninterpretedEvent } from '../../src/dialogue/understanding.ts';
import { IvrError } from '../../src/domain/error.ts';
import { PLAN_HEAD } from './support/plan-head.ts';
import { openSimulation } from './support/simulate.ts';

/* Forms take several values from one sentence, whichever was asked (VoiceXML 2.1, appendix C: mixed initiative, guards, values given). */

const PLAN = `${PLAN_HEAD}flows:
  main:
    start: pay
    states:
      pay: { kind: call, flow: pay, next: again }
      again: { kind: menu, say: Again?, options: { again: { to: pay, keys: '1', phrases: [again] }, leave: { to: bye, keys: '2', phrases: [leave] } } }
      person: { kind: transfer, because: asked, completed: bye, no-answer: again }
      bye: { kind: end, say: Goodbye. }
  pay:
    start: details
    states:
      details:
        kind: form
        grammar: details.abnf
        slots:
          amount:
            say: How much?
            grammar: builtin:digits?min=1;max=4
            keys: { min: 1, max: 4, terminator: '#' }
            matches: '[1-9][0-9]*'
            invalid: That is no amount.
          currency: { say: Which currency?, default: "'euro'", grammar: builtin:digits?length=1 }
          account:
            say: To which account?
            grammar: builtin:digits?length=4
            keys: { min: 4, max: 4 }
            confirm: 'Account {{account|text}}?'
          reason:
            say: What for?
            when: amount > 100
            keys: { min: 1, max: 1 }
        next: sure
      sure: { kind: confirm, say: 'Pay {{amount|text}} {{currency|text}} to {{account|text}}?', corrects: details, yes: done, no: { to: details, clear: [amount, account] } }
      done: { kind: return }
`;
const GRAMMARS: Readonly<Record<string, string>> = {
  'commands.abnf': '#ABNF 1.0 UTF-8;\nroot $c;\n$c = agent {command=person} | repeat {command=repeat};',
  'details.abnf': `#ABNF 1.0 UTF-8;
root $r;
$r = $amount [$account] | $account [$amount];
$amount = pay $<builtin:digits?min=1;max=4;as=amount> | the amount is $<builtin:digits?min=1;max=4;as=amount>;
$account = to [account] $<builtin:digits?length=4;as=account>;`,
};
const grammars = (name: string): string | undefined => GRAMMARS[name];
const dialogue = openDialogue('forms.yaml', PLAN, grammars, []);
const say = (words: string, confidence = 0.9): UninterpretedEvent => ({
  type: 'said',
  heard: [{ words: words.split(' '), confidence, free: false }],
});
const press = (digits: string): UninterpretedEvent => ({ type: 'keyed', digits });

function bot(...events: readonly UninterpretedEvent[]): readonly string[] {
  const simulation = openSimulation(dialogue, { contact: 'c', caller: '' });
  for (const event of events) simulation.send(event);
  const { lines } = simulation;
  return lines
    .slice(lines.findLastIndex((line) => line.startsWith('caller:')) + 1)
    .filter((line) => line.startsWith('bot:'));
}

describe('a form', () => {
  test('takes several values from one sentence, in any order, and asks what is missing', () => {
    expect(bot(say('pay two zero to one two three four'))).toEqual(['bot: Pay 20 euro to 1234?']);
    expect(bot(say('to account one two three four pay two zero'))).toEqual(['bot: Pay 20 euro to 1234?']);
    expect(bot(say('pay two zero'))).toEqual(['bot: To which account?']);
    expect(bot(say('two zero'))).toEqual(['bot: To which account?']);
  });

  test('takes another value than the one that was asked where it is named, and asks the first one again', () => {
    expect(bot(say('to one two three four'))).toEqual(['bot: How much?']);
    expect(bot(say('to one two three four'), press('20#'))).toEqual(['bot: Pay 20 euro to 1234?']);
    expect(bot(say('two zero'), say('pay three zero'))).toEqual(['bot: To which account?']);
    expect(bot(say('two zero'), say('pay three zero'), press('1234'))).toEqual(['bot: Pay 30 euro to 1234?']);
  });

  test('judges each of them: what is not valid is asked for, what was not sure is read back', () => {
    expect(bot(say('pay zero to one two three four'))).toEqual(['bot: How much?']);
    expect(bot(say('pay two zero to one two three four', 0.6))).toEqual(['bot: Account 1234?']);
    expect(bot(say('pay two zero to one two three four', 0.6), say('yes'))).toEqual(['bot: Pay 20 euro to 1234?']);
    expect(bot(say('pay two zero to one two three four', 0.4))).toEqual(['bot: Pardon?', 'bot: How much?']);
  });

  test('is not asked for ever by what is never valid, or known already', () => {
    const fruitless = [say('pay zero'), say('pay zero'), say('pay zero')];
    expect(bot(say('pay zero'))).toEqual(['bot: Pardon?', 'bot: How much?']);
    expect(bot(say('two zero'), say('pay two zero'))).toEqual(['bot: Pardon?', 'bot: To which account?']);
    const simulation = openSimulation(dialogue, { contact: 'c', caller: '' });
    for (const event of fruitless) simulation.send(event);
    expect(simulation.lines.at(-1)).toBe('transfer: trouble');
  });

  test('asks only what its guards want, and takes what is given', () => {
    expect(bot(say('pay two zero zero to one two three four'))).toEqual(['bot: What for?']);
    expect(bot(say('pay two zero zero to one two three four'), press('7'))).toEqual(['bot: Pay 200 euro to 1234?']);
  });

  test('is read back, and any of its values corrected', () => {
    const asked = say('pay two zero to one two three four');
    expect(bot(asked, say('no to four three two one'))).toEqual(['bot: Pay 20 euro to 4321?']);
    expect(bot(asked, say('no the amount is five zero'))).toEqual(['bot: Pay 50 euro to 1234?']);
    expect(bot(asked, say('sorry pay five to four three two one'))).toEqual(['bot: Pay 5 euro to 4321?']);
    // what its guards want then is asked
    expect(bot(asked, say('no the amount is two zero zero'))).toEqual(['bot: What for?']);
    expect(bot(asked, say('no the amount is two zero zero'), press('7'))).toEqual(['bot: Pay 200 euro to 1234?']);
    expect(bot(asked, say('no the amount is zero'))).toEqual(['bot: Pardon?', 'bot: Pay 20 euro to 1234?']);
    expect(bot(asked, say('no'))).toEqual(['bot: How much?']);
    expect(bot(asked, say('no to four three two one'), say('yes'))).toEqual(['bot: Again?']);
  });
});

test.each([
  [
    'details.abnf',
    'root $r;\n$r = pay {sum=1};',
    "expected slots of the form (amount, currency, account, reason) in details.abnf, found 'sum'",
  ],
  ['details.abnf', 'root $r;\n$r = pay;', 'expected sentences of details.abnf that set slots of the form'],
])('a grammar that gives no slots is refused (%s: %s)', (file, text, expected) => {
  const other = (name: string) => (name === file ? `#ABNF 1.0 UTF-8;\n${text}` : grammars(name));
  expect(() => openDialogue('forms.yaml', PLAN, other, [])).toThrow(IvrError);
  expect(() => openDialogue('forms.yaml', PLAN, other, [])).toThrow(expected);
});

test.each([
  ['when: amount > 100', 'when: amount + 100', 'expected a condition, which holds or not'],
  ['when: amount > 100', 'when: account > 100 and sum = 1', "found 'sum'"],
  [
    "'Pay {{amount|text}} {{currency|text}}",
    "'For {{reason}} pay {{amount|text}} {{currency|text}}",
    "expected 'reason' to be known on every way to 'pay.sure'",
  ],
  ['when: amount > 100', 'when: amount > limit', "found 'limit'"],
])('%s → %s is refused', (from, to, expected) => {
  expect(PLAN).toContain(from);
  expect(() => openDialogue('forms.yaml', PLAN.replace(from, to), grammars, [])).toThrow(expected);
});
