/** A dialplan with flows: main, one that is called, one that answers a question in between. */
export const FLOWS_PLAN = `dialplan: flows
version: 1
language: en-US
maximum-call-seconds: 600
notices: [{ id: recording, version: 1, text: Recorded. }]
trouble: { no-input: Nothing., no-match: Pardon?, tries: 3, escalate: person, silent-tries: 3, silent: bye }
keys-only: { say: Keys please., escalate: person }
commands:
  grammar: commands.abnf
  resume: Back to it.
  list:
    person: { to: person, keys: '0' }
    repeat: {}
    hold: { say: Take your time., keywords: [hold on, one moment, just a moment] }
    fees: { call: explain-fees, keywords: [what does it cost, any fees] }
time-up: bye
shutdown: bye
flows:
  main:
    start: ask-what
    states:
      ask-what:
        kind: question
        say: Pay or leave?
        free: true
        grammar: opening.abnf
        options:
          pay: { to: paying, keys: '1' }
          leave: { to: bye, keys: '2', phrases: [leave] }
      paying:
        kind: call
        flow: pay
        with: { limit: '5 * 100', kind: "'bill'" }
        saves: { paid: amount }
        next: paid
        otherwise: { cancelled: not-paid }
      paid: { kind: say, say: 'You paid {{paid}} from {{account|last-4}}.', next: ask-what }
      not-paid: { kind: say, say: Nothing was paid., next: ask-what }
      person: { kind: transfer, because: asked, context: [account], completed: bye, no-answer: ask-what }
      bye: { kind: end, say: Goodbye. }
  pay:
    params: { limit: number, kind: text }
    returns: [amount]
    start: details
    states:
      details:
        kind: form
        slots:
          account:
            say: Which account?
            grammar: builtin:digits?length=4
            keys: { min: 4, max: 4 }
            keep: call
            asides:
              no-account: { phrases: [i do not have it], say: It is on your card. }
          amount:
            say: How much, in {{kind}}?
            grammar: builtin:digits?min=1;max=4
            keys: { min: 1, max: 4, terminator: '#' }
            escalate: main.person
        next: check
      check:
        kind: branch
        ways:
          - { when: amount > limit, to: too-much, say: 'That is above {{limit}}.' }
          - { when: amount = 0, to: cancel }
        otherwise: round
      round:
        kind: set
        values: { amount: amount + 1, big: amount >= 100 and not amount = 333 }
        next: sure
      sure:
        kind: confirm
        say: Pay {{amount|text}} ({{big}})?
        yes: done
        no: cancel
      too-much: { kind: say, say: Less please., next: { to: details, clear: [amount] } }
      cancel: { kind: return, as: cancelled }
      done: { kind: return }
  explain-fees:
    start: tell
    states:
      tell: { kind: say, say: It costs nothing., next: more }
      more:
        kind: confirm
        say: Is that clear?
        yes: done
        no: main.person
      done: { kind: return }
`;

export const flowsGrammars = (name: string): string | undefined =>
  ({
    'commands.abnf': `#ABNF 1.0 UTF-8;
root $c;
$c = agent {command=person} | repeat {command=repeat} | hold on {command=hold} | what does it cost {command=fees};`,
    'opening.abnf': `#ABNF 1.0 UTF-8;
root $r;
$r = pay {intent=pay} [$<builtin:digits?min=1;max=4;as=amount>] [from $<builtin:digits?length=4;as=account>];`,
  })[name];
