import { expect, test } from 'vitest';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import { IvrError } from '../../src/domain/error.ts';
import { smallGrammars, smallPlan, SMALL_SERVICES } from './support/small-plan.ts';

const open = (text: string) => openDialogue('small.yaml', text, smallGrammars, SMALL_SERVICES);

function failure(text: string): IvrError {
  try {
    open(text);
  } catch (thrown) {
    if (thrown instanceof IvrError) return thrown;
    throw thrown;
  }
  throw new Error('expected an IvrError');
}

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

test('the small dialplan is right', () => {
  expect(open(smallPlan()).name).toBe('small');
});

type Case = readonly [name: string, change: readonly [string, string], marked: string, expected: string];
const cases: readonly Case[] = [
  // shape
  ['a tab', ['start: hello', '\tstart: hello'], '\tstart', 'Tabs'],
  ['a key twice', ['start: hello', 'start: hello\nstart: bye'], 'start: bye', 'unique'],
  ['an unknown key', ['start: hello', 'start: hello\nstrat: x'], 'strat', "expected no key 'strat' here"],
  ['a missing key', ['    service: verify\n', ''], 'kind: look-up', "expected a key 'service' here"],
  ['a wrong type', ['version: 1\n', 'version: one\n'], 'version: one', 'must be integer'],
  ['out of range', ['maximum-call-seconds: 60', 'maximum-call-seconds: 1'], 'maximum-call-seconds: 1', 'must be >= 30'],
  [
    'no notice',
    ['  - { id: recording, version: 1, text: This call is recorded. }', '  []'],
    '[]',
    'must not have fewer than 1 items',
  ],
  [
    'an unknown kind',
    ['kind: menu', 'kind: list'],
    'kind: list',
    'expected a state with kind: one of say, menu, question, form, confirm, look-up, call, return, branch, set, transfer, end, found "list"',
  ],
  ['no kind', ['    kind: menu\n', ''], 'say: Balance', 'expected a state with kind: one of say'],
  [
    'a key of another kind',
    ['kind: end', 'kind: end\n    next: hello'],
    'next: hello\n    say: Goodbye',
    "expected no key 'next' here",
  ],
  ['a key in the depth', ["keys: '1' }", "keys: '1', colour: red }"], 'colour', "expected no key 'colour' here"],
  ['a bad name', ['  bye:\n', '  Bye!:\n'], 'Bye!', "expected a name in lower case, found 'Bye!'"],
  // references
  [
    'an unknown start',
    ['start: hello', 'start: nowhere'],
    'start: nowhere',
    "expected the name of a state, found 'nowhere'",
  ],
  [
    'an unknown target',
    ['goodbye: { to: bye', 'goodbye: { to: by'],
    'goodbye: { to: by,',
    "expected the name of a state, found 'by'",
  ],
  ['an unknown target of a refusal', ['otherwise: person', 'otherwise: nobody'], 'wrong:', "found 'nobody'"],
  [
    'an unknown service',
    ['service: verify', 'service: verity'],
    'service: verity',
    "expected a service of the bank (verify), found 'verity'",
  ],
  [
    'an unknown argument',
    ['account: account,', 'account: acount,'],
    'args:',
    "expected a slot or value, found 'acount'",
  ],
  ['an unknown value in a prompt', ['{{balance|money}}', '{{ballance|money}}'], 'say: You have', "found 'ballance'"],
  ['a secret in a prompt', ['{{balance|money}}', '{{pin}}'], 'say: You have', "found 'pin'"],
  [
    'an unknown format',
    ['{{balance|money}}', '{{balance|coins}}'],
    'say: You have',
    "expected a format (text, money, digits, last-4, number, date, time, duration, yesno, choice, figures), found 'coins'",
  ],
  ['open braces', ['{{balance|money}}', '{{balance'], 'say: You have', 'expected {{name}} or {{name|format}}'],
  [
    'an unknown grammar',
    ['say: Balance or', 'grammar: other.abnf\n    say: Balance or'],
    'grammar: other',
    "expected a grammar file, found no 'other.abnf'",
  ],
  [
    'an intent without option',
    ['say: Balance or', 'grammar: loans.abnf\n    say: Balance or'],
    'grammar: loans',
    "expected an option for every intent of loans.abnf, found none for 'loan'",
  ],
  [
    'a confirmation with a grammar of something else',
    ['kind: end', 'kind: confirm\n    grammar: loans.abnf\n    yes: person\n    no: person'],
    'grammar: loans',
    'expected sentences of loans.abnf that set answer to yes or no',
  ],
  [
    'a command that is not listed',
    ['    repeat: {}\n', ''],
    'grammar: commands',
    "expected a command in the list for every one of commands.abnf, found none for 'repeat'",
  ],
  [
    'a command without target',
    ['    repeat: {}', '    repeat: {}\n    hold: {}'],
    'hold',
    "expected 'to', or 'say' or 'call' and the same question again, for the command 'hold'",
  ],
  [
    'an option that nothing chooses',
    ['goodbye: { to: bye, phrases: [goodbye] }', 'goodbye: { to: bye }'],
    'goodbye: { to: bye }',
    "expected phrases, keys, keywords, examples or an intent of the grammar that choose 'goodbye'",
  ],
  [
    'one key for two options',
    ['phrases: [goodbye] }', "phrases: [goodbye], keys: '1' }"],
    'goodbye: {',
    "expected a key that 'balance' has not taken",
  ],
  // graph
  [
    'an unreachable state',
    ['  bye:\n', '  island: { kind: end }\n  bye:\n'],
    'island',
    "expected a way to the state 'island', found none",
  ],
  [
    'no way out',
    ['next: hello', 'next: trap'].map((text, n) =>
      n === 0 ? text : `${text}\n  trap: { kind: say, say: Trap., barge-in: none, next: trap }`,
    ) as [string, string],
    'trap: {',
    "expected a way from 'trap' to an end, found none",
  ],
  [
    'a loop without question',
    ['refused:\n      wrong: { to: ask,', 'refused:\n      again: { to: verify }\n      wrong: { to: ask,'],
    'verify:\n',
    "expected a question somewhere in the loop from 'verify' to itself",
  ],
  ['time-up is no end', ['time-up: bye', 'time-up: hello'], 'time-up: hello', 'expected a state of kind end'],
  [
    'keys-only leads to speech',
    ['Use keys., escalate: person', 'Use keys., escalate: hello'],
    'keys-only:',
    'expected a state of kind transfer or end',
  ],
  // secrets
  [
    'a secret that is spoken',
    ['secret: true', 'secret: true\n        grammar: builtin:digits?length=4'],
    'grammar: builtin:digits?length=4\n        keys: { min: 4, max: 4 }\n    next',
    'expected no grammar for a secret slot',
  ],
  [
    'a secret that is not used at once',
    ['next: verify', 'next: tell'],
    'next: tell',
    "expected a look-up that uses the secret 'pin' right after the form",
  ],
  [
    'a secret that would have to be kept',
    ['done: tell', 'done: verify'],
    'done: verify',
    "expected 'verify' to be reached only from the form that asks its secret",
  ],
  [
    'a secret that is asked only sometimes',
    ['secret: true', 'secret: true\n        when: known(account)'],
    'when: known',
    'expected no condition for a secret slot',
  ],
  [
    'a slot that nothing can fill',
    ['        grammar: builtin:digits?length=4\n        keys: { min: 4, max: 4 }\n      pin', '      pin'],
    'account:\n',
    'expected a type, a grammar, free or keys',
  ],
  [
    'a pattern that is none',
    ['secret: true', "secret: true\n        matches: '('"],
    'matches:',
    "expected a pattern in RE2's syntax (missing closing )",
  ],
  [
    'keys upside down',
    ['keys: { min: 4, max: 4 }', 'keys: { min: 5, max: 4 }'],
    'keys: { min: 5',
    'expected min ≤ max',
  ],
];

test.each(cases)('%s', (_, change, marked, expected) => {
  const text = smallPlan([change]);
  const error = failure(text);
  expect(error.code).toBe('DIALPLAN_INVALID');
  const mine = error.message.split('\n').find((line) => line.includes(expected));
  expect(mine, error.message).toBeDefined();
  expect(mine).toMatch(new RegExp(`^small\\.yaml:${lineOf(text, marked)}:\\d+: `));
});

test('every problem is reported at once, in the order of the file', () => {
  const text = smallPlan([
    ['version: 1\n', 'version: one\n'],
    ['kind: menu', 'kind: list'],
    ['kind: end', 'kind: finish'],
  ]);
  const error = failure(text);
  const lines = ['version: one', 'kind: list', 'kind: finish'].map((part) => String(lineOf(text, part)));
  expect(error.message.split('\n').map((line) => line.split(':')[1])).toEqual(lines);
  expect(error.facts).toMatchObject({ file: 'small.yaml', line: 2, column: 10, problems: 3 });
});

test('a fault inside a grammar is told with the place in the grammar', () => {
  const error = failure(smallPlan([['say: Balance or', 'grammar: broken.abnf\n    say: Balance or']]));
  expect(error.code).toBe('GRAMMAR_INVALID');
  expect(error.message).toBe("broken.abnf:3:11: expected ';', found the end of the file");
});

test.each(['', '42', '- a\n- b', 'states: []', '"'])('not a dialplan at all: %j', (text) => {
  expect(failure(text).code).toBe('DIALPLAN_INVALID');
});
