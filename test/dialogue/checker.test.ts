import { describe, expect, test } from 'vitest';
import { compilePlan } from '../../src/dialogue/dialplan/compile-plan.ts';
import { readDialplan } from '../../src/dialogue/dialplan/dialplan-source.ts';
import { upgradedText } from '../../src/dialogue/dialplan/upgrade-text.ts';
import { drawMermaid } from '../../src/dialogue/graph/draw-mermaid.ts';
import { drawSvg } from '../../src/dialogue/graph/draw-svg.ts';
import { planGraph } from '../../src/dialogue/graph/plan-graph.ts';
import type { Service } from '../../src/dialogue/service.ts';
import { IvrError } from '../../src/domain/error.ts';
import { FLOWS_PLAN, flowsGrammars } from './support/flows-plan.ts';
import { PLAN_HEAD } from './support/plan-head.ts';
import { smallGrammars, smallPlan } from './support/small-plan.ts';

const service = (name: string, more: Partial<Service>): Service => ({
  name,
  arguments: {},
  results: [],
  refusals: [],
  timeoutMs: 1000,
  effect: 'none',
  needs: [],
  gives: [],
  ...more,
});
const SERVICES: readonly Service[] = [
  service('sign-in', { gives: ['session'], results: ['session'] }),
  service('approve', { needs: ['session'], gives: ['second-factor'] }),
  service('balance', { needs: ['session'], results: ['balance'] }),
  service('send', { effect: 'money', arguments: { session: { secret: false, required: false } } }),
];

const PAYING = `${PLAN_HEAD}flows:
  main:
    start: what
    states:
      what:
        kind: menu
        say: Pay, or hear your balance?
        options:
          pay: { to: pay, keys: '1', phrases: [pay] }
          balance: { to: balance, keys: '2', phrases: [balance] }
      pay: { kind: call, flow: prove, next: approve, otherwise: { refused: what } }
      approve: { kind: look-up, service: approve, done: send, failed: what }
      send: { kind: look-up, service: send, args: { session: session }, done: what, failed: what }
      balance: { kind: call, flow: prove, next: tell, otherwise: { refused: what } }
      tell: { kind: look-up, service: balance, saves: [balance], done: said, failed: what }
      said: { kind: say, say: 'You have {{balance}}.', next: what }
      person: { kind: transfer, because: asked, completed: bye, no-answer: what }
      bye: { kind: end, say: Goodbye. }
  prove:
    start: ask
    states:
      ask:
        kind: form
        unless: { known: session, to: done }
        slots: { number: { say: Your number?, grammar: 'builtin:digits?length=4', keys: { min: 4, max: 4 } } }
        next: sign-in
      sign-in: { kind: look-up, service: sign-in, keeps: [session], done: done, failed: no }
      done: { kind: return }
      no: { kind: return, as: refused }
`;

function problems(text: string, grammars: (name: string) => string | undefined = smallGrammars): string {
  try {
    compilePlan(readDialplan('bank.yaml', text), grammars, SERVICES);
    return '';
  } catch (thrown) {
    if (thrown instanceof IvrError) return thrown.message;
    throw thrown;
  }
}
function broken(...changes: readonly (readonly [string, string])[]): string {
  let text = PAYING;
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  return problems(text);
}
const lineOf = (text: string): number => PAYING.slice(0, PAYING.indexOf(text)).split('\n').length;

describe('money moves', () => {
  test('behind a verified identity and a second factor, through flows', () => {
    expect(problems(PAYING)).toBe('');
  });

  test.each([
    [
      'without a second factor',
      [
        ['next: approve, otherwise', 'next: send, otherwise'],
        ['      approve: { kind: look-up, service: approve, done: send, failed: what }\n', ''],
      ],
      'without a second factor: what (pay) → pay (call) → prove.ask (unless) → prove.done (return) → send',
    ],
    [
      'without an identity on one of several ways',
      [['otherwise: { refused: what } }\n      approve', 'otherwise: { refused: send } }\n      approve']],
      'without a verified identity and a second factor: what (pay) → pay (call) → prove.ask (next) → prove.sign-in (failed) → prove.no (return) → send',
    ],
    [
      'when the second factor failed',
      [['done: send, failed: what', 'done: send, failed: send']],
      'without a second factor: what (pay)',
    ],
    [
      'when the session was forgotten',
      [['done: send, failed: what', 'done: { to: send, clear: [session] }, failed: what']],
      'without a verified identity: what (pay)',
    ],
    [
      'when everything was forgotten',
      [['done: send, failed: what', 'done: { to: send, clear: all }, failed: what']],
      'without a verified identity and a second factor',
    ],
    [
      'a second time by the same approval',
      [['args: { session: session }, done: what', 'args: { session: session }, done: send']],
      'without a second factor: what (pay) → pay (call) → prove.ask (unless) → prove.done (return) → approve (done) → send (done) → send',
    ],
    [
      'by a command',
      [['list: { person: { to: person', "list: { now: { to: send, keys: '9' }, person: { to: person"]],
      'without a verified identity and a second factor: what (now) → send',
    ],
  ] as const)('not %s', (_, changes, way) => {
    const found = broken(...changes);
    const mine = found.split('\n').find((line) => line.includes("on every way to 'send' (it moves money)"));
    expect(mine, found).toContain(way);
    expect(mine).toMatch(/^bank\.yaml:\d+:\d+: expected a verified identity and a second factor/);
  });

  test('not when the order was corrected after it had been approved', () => {
    const sum = '#ABNF 1.0 UTF-8;\nroot $r;\n$r = the sum is $<builtin:digits?min=1;max=3;as=sum>;';
    const form = `form, grammar: sum.abnf, slots: { sum: { say: How much?, keys: { min: 1, max: 3 } } }, next: sure }
      sure: { kind: confirm, say: 'Pay {{sum}}?', corrects: order, yes: send, no: what }`;
    const text = PAYING.replace('approve, done: send', 'approve, done: order');
    const found = problems(
      text.replace('      balance: { kind', `      order: { kind: ${form}\n      balance: { kind`),
      (name) => (name === 'sum.abnf' ? sum : smallGrammars(name)),
    );
    expect(found).toContain('sure (corrects) → order (next) → sure (yes) → send');
  });

  test('what a service needs holds for it as well, and the place is told', () => {
    const found = broken(
      ['balance: { to: balance,', 'balance: { to: tell,'],
      ['      balance: { kind: call, flow: prove, next: tell, otherwise: { refused: what } }\n', ''],
    );
    expect(found).toContain(`bank.yaml:${lineOf('tell: {') - 1}:`);
    expect(found).toContain(
      `expected a verified identity on every way to 'balance' (it needs them), found one without a verified identity: what (balance) → tell`,
    );
  });

  test('is checked in dialplans without flows too', () => {
    const text = smallPlan([
      ['service: verify', 'service: send'],
      ['args: { account: account, pin: pin }', 'args: { session: account, pin: pin }'],
    ]);
    expect(problems(text)).toContain("on every way to 'send' (it moves money)");
  });

  test('a large dialplan is checked in reasonable time', () => {
    const many = Array.from(
      { length: 300 },
      (_, n) =>
        `      s${n}: { kind: menu, say: S., options: { on: { to: s${n + 1}, keys: '1', phrases: [on] }, back: { to: what, keys: '2', phrases: [back] }, over: { to: s${(n * 7) % 300}, keys: '3', phrases: [over] } } }\n`,
    ).join('');
    const text = PAYING.replace('pay: { to: pay,', 'pay: { to: s0,').replace(
      '      pay: { kind: call',
      `${many}      s300: { kind: call, flow: prove, next: pay, otherwise: { refused: what } }\n      pay: { kind: call`,
    );
    const began = process.cpuUsage();
    expect(problems(text)).toBe('');
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(20_000);
  });
});

describe('what is said and sent is known', () => {
  test.each([
    [
      'in a prompt',
      [
        [
          'tell: { kind: look-up, service: balance, saves: [balance], done: said, failed: what }',
          'tell: { kind: look-up, service: balance, saves: [balance], done: said, failed: said }',
        ],
      ],
      "expected 'balance' to be known on every way to 'said'",
    ],
    [
      'in an argument',
      [['unless: { known: session, to: done }', 'unless: { known: number, to: done }']],
      "expected 'session' to be known on every way to 'send'",
    ],
    [
      'after it was forgotten',
      [['saves: [balance], done: said', 'saves: [balance], done: { to: said, clear: [balance] }']],
      "expected 'balance' to be known on every way to 'said'",
    ],
    [
      'in what a flow returns',
      [['  prove:\n    start', '  prove:\n    returns: [number]\n    start']],
      "expected 'number', which 'prove' returns, to be known on every way to 'prove.done'",
    ],
  ] as const)('%s', (_, changes, expected) => {
    expect(broken(...changes)).toContain(expected);
  });

  test('conditions tell what is known', () => {
    const guarded = (when: string): string =>
      broken([
        'done: said, failed: what }',
        `done: look, failed: look }\n      look: { kind: branch, ways: [{ when: ${when}, to: said }], otherwise: what }`,
      ]);
    expect(guarded('known(balance)')).toBe('');
    expect(guarded('known(balance) and balance > 3')).toBe('');
    expect(guarded('balance > 3')).toContain("expected 'balance' to be known on every way to 'look'");
    expect(guarded('not known(balance)')).toContain("expected 'balance' to be known on every way to 'said'");
  });

  test('dialplans without flows are not asked for it', () => {
    expect(
      problems(
        smallPlan([
          ['service: verify', 'service: balance'],
          ['    args: { account: account, pin: pin }\n', '    args: { account: account, pin: pin }\n'],
        ]),
      ),
    ).not.toContain('to be known on every way');
  });
});

describe('one sentence means one thing', () => {
  const grammar = (text: string) => (name: string) =>
    name === 'what.abnf' ? `#ABNF 1.0 UTF-8;\nroot $r;\n$r = ${text};` : smallGrammars(name);
  const asked = PAYING.replace(
    'say: Pay, or hear your balance?',
    'say: Pay, or hear your balance?\n        grammar: what.abnf',
  );
  test.each([
    [
      '(my money | what is there) {intent=balance} | (send | my) money {intent=pay}',
      "'my money', which means the option 'balance' and the option 'pay'",
    ],
    ['agent {intent=pay} | balance {intent=balance}', "'agent', which means the command 'person' and the option 'pay'"],
    ['pay [please] {intent=balance}', "'pay', which means the option 'balance' and the option 'pay'"],
  ])('%s', (rules, expected) => {
    expect(problems(asked, grammar(rules))).toContain(expected);
  });
  test.each([
    '(my | the) balance {intent=balance} | pay my balance {intent=pay}',
    'pay {intent=pay} [$<builtin:digits?min=1;max=8;as=number>]',
  ])('%s is clear', (rules) => {
    expect(problems(asked, grammar(rules))).toBe('');
  });
});

test('a dialplan is drawn with its flows and calls', () => {
  const graph = planGraph(compilePlan(readDialplan('flows.yaml', FLOWS_PLAN), flowsGrammars, []));
  expect(graph.edges).toContainEqual({ from: 'paying', to: 'pay.details', by: 'pay', calls: true });
  expect(graph.edges).toContainEqual({ from: 'paying', to: 'not-paid', by: 'cancelled', calls: false });
  expect(graph.edges.some(({ by }) => by.includes('escalate') || by.includes('person'))).toBe(false);
  const mermaid = drawMermaid(graph).split('\n');
  expect(mermaid[0]).toBe('flowchart TD');
  expect(mermaid.filter((line) => line.startsWith('  subgraph'))).toEqual([
    '  subgraph f0["main"]',
    '  subgraph f1["pay"]',
    '  subgraph f2["explain-fees"]',
  ]);
  expect(mermaid.filter((line) => line.includes('-.->')).length).toBe(1);
  const svg = drawSvg(graph);
  expect(svg.match(/<rect /g)?.length).toBe(graph.nodes.length + 1);
  expect(svg.match(/marker-end/g)?.length).toBe(graph.edges.length);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

test('a dialplan of one flow is upgraded, with its comments, and means the same', () => {
  const text = smallPlan([['states:\n', '# What is asked first.\nstates:\n  # An open question.\n']]);
  const upgraded = upgradedText('small.yaml', text);
  expect(upgraded).toContain(
    'flows:\n  main:\n    start: hello\n    states:\n      # An open question.\n      hello:\n        kind: menu',
  );
  const [before, after] = [text, upgraded].map((one) => readDialplan('x.yaml', one).plan);
  expect({ ...after, strict: false }).toEqual(before);
  expect(upgraded.match(/#/g)?.length).toBe(text.match(/#/g)?.length);
  expect(upgradedText('x.yaml', upgraded)).toBe(upgraded);
  expect(() => upgradedText('x.yaml', smallPlan().replace('states:\n', 'states: # all\n'))).toThrow(IvrError);
});
