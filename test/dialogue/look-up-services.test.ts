import { describe, expect, test } from 'vitest';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import type { LookUpResult } from '../../src/dialogue/dialogue.ts';
import { openSimulation, type Simulation } from './support/simulate.ts';
import { press, secretly } from './support/bank-hotline.ts';
import { SMALL_SERVICES, smallGrammars, smallPlan } from './support/small-plan.ts';

/* Look-ups and the services that they ask for, as those are declared. */

const open = (change: Parameters<typeof smallPlan>[0] = [], services = SMALL_SERVICES) =>
  openDialogue('small.yaml', smallPlan(change), smallGrammars, services);

describe('a look-up that does not fit its service is refused at its place', () => {
  test.each<[string, readonly (readonly [string, string])[], string]>([
    [
      'a service that nobody declared',
      [['service: verify', 'service: verity']],
      "expected a service of the bank (verify), found 'verity'",
    ],
    [
      'an argument that it does not take',
      [['pin: pin }', 'pin: pin, branch: account }']],
      "expected an argument of 'verify' (account, pin), found 'branch'",
    ],
    [
      'an argument that is missing',
      [['account: account, pin: pin }', 'pin: pin }']],
      "expected the argument 'account' of 'verify'",
    ],
    [
      'a secret for what is not kept secret',
      [['account: account, pin: pin }', 'account: pin, pin: pin }']],
      "expected no secret: 'account' of 'verify'",
    ],
    [
      'no secret for what is',
      [['account: account, pin: pin }', 'account: account, pin: account }']],
      "expected a secret slot for 'pin' of 'verify'",
    ],
    [
      'a value that it does not answer with',
      [['saves: [balance]', 'saves: [balance, limit]']],
      "expected a value of 'verify' (balance), found 'limit'",
    ],
    [
      'a refusal that it does not know',
      [['      wrong:', '      strange: person\n      wrong:']],
      "expected a refusal of 'verify' (wrong), found 'strange'",
    ],
  ])('%s', (_, change, message) => {
    const changed = change.map(
      ([from, to]) => [from, to.replace('strange: person', 'strange: { to: person }')] as const,
    );
    expect(() => open(changed)).toThrow(message);
  });
});

const asked = (simulation: Simulation) => simulation.effects.findLast((effect) => effect.do === 'look-up');
function lookingUp(change: Parameters<typeof smallPlan>[0] = [], services = SMALL_SERVICES): Simulation {
  const simulation = openSimulation(open(change, services), { contact: 'c', caller: '' });
  for (const event of [press('1'), press('1234'), secretly('2468')]) simulation.send(event);
  return simulation;
}

describe('while a service takes its time', () => {
  test('a dialplan that says nothing has a word after 1.5 s, an apology after 5 s, and the time-out of the service', () => {
    expect(asked(lookingUp())).toMatchObject({
      timeoutMs: 8000,
      fillers: [
        { afterMs: 1500, prompt: { text: 'One moment please.' } },
        { afterMs: 5000, prompt: { text: 'I am sorry that it takes so long. I am still looking.' } },
      ],
    });
    const [verify] = SMALL_SERVICES;
    expect(asked(lookingUp([], verify === undefined ? [] : [{ ...verify, timeoutMs: 12_000 }]))?.timeoutMs).toBe(
      12_000,
    );
  });

  test('its own words and times take their place', () => {
    const own = '    timeout-ms: 3000\n    fillers: [{ after-ms: 1000, say: Looking. }]\n    failed: person\n';
    const { timeoutMs, fillers } = asked(lookingUp([['    failed: person\n', own]])) ?? {};
    expect(timeoutMs).toBe(3000);
    expect(fillers?.map(({ prompt }) => prompt.text)).toEqual(['Looking.']);
  });

  test('what fails, with nothing said about it, leads to a person: nobody is hung up on', () => {
    const simulation = lookingUp([['    failed: person\n', '']]);
    const result: LookUpResult = { outcome: 'failed' };
    simulation.send({ type: 'looked-up', id: asked(simulation)?.id ?? 0, result });
    expect(simulation.lines.filter((line) => !line.startsWith('state:')).slice(-2)).toEqual([
      'bot: I am sorry. I cannot reach our computer at the moment.',
      'transfer: bank-unreachable',
    ]);
  });

  test('a state may have the name of what is said then', () => {
    const change = [
      ['    failed: person\n', ''],
      ['wrong: { to: ask,', 'wrong: { to: failed,'],
      [
        '  person:\n    kind: transfer',
        '  failed: { kind: say, say: That was wrong., next: filler }\n  filler: { kind: say, say: Once more., next: hello }\n  person:\n    kind: transfer',
      ],
    ] as const;
    const told = (result: LookUpResult): readonly string[] => {
      const simulation = lookingUp(change);
      simulation.send({ type: 'looked-up', id: asked(simulation)?.id ?? 0, result });
      return simulation.lines.filter((line) => line.startsWith('bot:'));
    };
    expect(asked(lookingUp(change))?.fillers[0]?.prompt.text).toBe('One moment please.');
    expect(told({ outcome: 'refused', because: 'wrong' }).slice(-3, -1)).toEqual([
      'bot: That was wrong.',
      'bot: Once more.',
    ]);
    expect(told({ outcome: 'failed' }).at(-1)).toBe('bot: I am sorry. I cannot reach our computer at the moment.');
  });
});

test('what the bank tells under the name of today is what it tells', () => {
  const [verify] = SMALL_SERVICES;
  const services = verify === undefined ? [] : [{ ...verify, results: ['today'] }];
  const dialogue = open(
    [
      ['saves: [balance]', 'saves: [today]'],
      ['{{balance|money}}', '{{today}}'],
    ],
    services,
  );
  const simulation = openSimulation(dialogue, { contact: 'c', caller: '', today: '2026-11-30' }, () => ({
    outcome: 'done',
    values: { today: 'nothing due' },
  }));
  for (const event of [press('1'), press('1234'), secretly('2468')]) simulation.send(event);
  expect(simulation.lines).toContain('bot: You have nothing due.');
});
