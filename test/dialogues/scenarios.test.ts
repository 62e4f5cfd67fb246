import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openTrialBank } from '../../src/app/open-bank.ts';
import { grammarUnderstanding } from '../../src/dialogue/understanding.ts';
import { openTrial, type Trial } from '../../src/lab/trial/open-trial.ts';
import { runScenario } from '../../src/lab/trial/run-scenario.ts';
import { parseScenarios } from '../../src/lab/trial/scenario-file.ts';
import { bankHotline } from '../dialogue/support/bank-hotline.ts';
import { ManualClock } from '../support/manual-clock.ts';

/* Each file beside this one holds scenarios of the shipped hotline. */

function begin(): Trial {
  const clock = new ManualClock();
  const bank = openTrialBank(clock);
  onTestFinished(() => bank[Symbol.asyncDispose]());
  return openTrial({
    dialogue: bankHotline,
    bank,
    understanding: grammarUnderstanding,
    clock,
    personAnswers: true,
    caller: '+15550100',
  });
}

for (const name of readdirSync('test/dialogues').filter((file) => file.endsWith('.yaml')))
  describe(name, () => {
    for (const scenario of parseScenarios(readFileSync(`test/dialogues/${name}`, 'utf8'), name))
      test(scenario.name, async () => expect(await runScenario(begin(), scenario, name)).toEqual([]));
  });

describe('a scenario', () => {
  const played = async (steps: string): Promise<readonly string[]> => {
    const [scenario] = parseScenarios(`scenarios:\n  one:\n${steps}`, 's.yaml');
    return scenario === undefined ? ['none'] : runScenario(begin(), scenario, 's.yaml');
  };

  test('that comes to something else tells where and what', async () => {
    expect(await played('    - { says: balance, state: more }')).toEqual([
      's.yaml:3:7: one: expected state "more", found "identify"',
    ]);
    expect(await played('    - { says: balance }\n    - { presses: "12345678", slots: { account: "1" } }')).toEqual([
      's.yaml:4:7: one: expected slot account "1", found "12345678"',
    ]);
    const [order] = await played('    - { says: balance, bot: [Welcome, recorded] }');
    expect(order).toContain('expected the bot to say ["Welcome","recorded"], it said "This call is recorded');
    expect(await played('    - { says: balance, ended: true, actions: [balance], how: none }')).toHaveLength(3);
  });

  test.each([
    ['    - { says: balance, stat: more }', 's.yaml:3:7: there is no key stat'],
    ['    - { state: more }', 's.yaml:3:7: expected one of {"says": TEXT'],
    ['    - { presses: 1 }', 's.yaml:3:7: expected one of'],
    ['    - { says: a, how: well }', 's.yaml:3:7: expected something else for how'],
    ['    - balance', 's.yaml:3:7: expected a step'],
  ])('that is wrong is refused with its place: %s', (steps, message) =>
    expect(() => parseScenarios(`scenarios:\n  one:\n${steps}`, 's.yaml')).toThrow(message),
  );

  test('in a file that has none is missed', () => {
    expect(() => parseScenarios('steps: []', 's.yaml')).toThrow('s.yaml:1:1: expected `scenarios:`');
    expect(() => parseScenarios('scenarios: { one: [] }', 's.yaml')).toThrow('expected a list of steps');
    expect(() => parseScenarios('a: [', 's.yaml')).toThrow('s.yaml:1:');
  });
});
