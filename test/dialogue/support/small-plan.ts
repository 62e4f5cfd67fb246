import type { Service } from '../../../src/dialogue/service.ts';

/** A dialplan as small as it gets; `change` replaces text, so that each test breaks one thing. */
const SMALL = `dialplan: small
version: 1
language: en-US
maximum-call-seconds: 60
notices:
  - { id: recording, version: 1, text: This call is recorded. }
start: hello
trouble:
  no-input: I heard nothing.
  no-match: Pardon?
  tries: 3
  escalate: person
  silent-tries: 3
  silent: bye
keys-only: { say: Use keys., escalate: person }
commands:
  grammar: commands.abnf
  list:
    person: { to: person, keys: '0' }
    repeat: {}
time-up: bye
shutdown: bye
states:
  hello:
    kind: menu
    say: Balance or goodbye?
    options:
      balance: { to: ask, phrases: [balance], keys: '1' }
      goodbye: { to: bye, phrases: [goodbye] }
  ask:
    kind: form
    slots:
      account:
        say: Account?
        grammar: builtin:digits?length=4
        keys: { min: 4, max: 4 }
      pin:
        say: PIN?
        secret: true
        keys: { min: 4, max: 4 }
    next: verify
  verify:
    kind: look-up
    service: verify
    args: { account: account, pin: pin }
    saves: [balance]
    done: tell
    refused:
      wrong: { to: ask, tries: 3, otherwise: person }
    failed: person
  tell:
    kind: say
    say: You have {{balance|money}}.
    next: hello
  person:
    kind: transfer
    because: requested
    completed: bye
    no-answer: hello
  bye:
    kind: end
    say: Goodbye.
`;

export const smallPlan = (change: readonly (readonly [string, string])[] = []): string => {
  let text = SMALL;
  for (const [from, to] of change) {
    if (!text.includes(from)) throw new Error(`the small dialplan has no ${JSON.stringify(from)}`);
    text = text.replace(from, to);
  }
  return text;
};

export const smallGrammars = (name: string): string | undefined =>
  name === 'commands.abnf'
    ? '#ABNF 1.0 UTF-8;\nroot $c;\n$c = agent {command=person} | repeat {command=repeat};'
    : name === 'broken.abnf'
      ? '#ABNF 1.0 UTF-8;\nroot $c;\n$c = agent'
      : name === 'loans.abnf'
        ? '#ABNF 1.0 UTF-8;\nroot $c;\n$c = a loan {intent=loan};'
        : undefined;

const plain = { secret: false, required: true };
/** What the small dialplan looks up. */
export const SMALL_SERVICES: readonly Service[] = [
  {
    name: 'verify',
    arguments: { account: plain, pin: { secret: true, required: true } },
    results: ['balance'],
    refusals: ['wrong'],
    timeoutMs: 8000,
    effect: 'none',
    needs: [],
    gives: ['session'],
  },
];
