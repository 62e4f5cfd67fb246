import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openTrialBank } from '../../../src/app/open-bank.ts';
import type { Dialogue } from '../../../src/dialogue/dialogue.ts';
import { openDialogue } from '../../../src/dialogue/open-dialogue.ts';
import { grammarUnderstanding, type Understanding } from '../../../src/dialogue/understanding.ts';
import { openTrial, type Trial } from '../../../src/lab/trial/open-trial.ts';
import type { TrialAnswer } from '../../../src/lab/trial/trial-answer.ts';
import { parseTrialLine, type TrialLine } from '../../../src/lab/trial/trial-line.ts';
import { bankHotline } from '../../dialogue/support/bank-hotline.ts';
import { FLOWS_PLAN, flowsGrammars } from '../../dialogue/support/flows-plan.ts';
import { assertProperty } from '../../support/assert-property.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function begin(
  personAnswers = true,
  understanding: Understanding = grammarUnderstanding,
  dialogue: Dialogue = bankHotline,
): Trial {
  const clock = new ManualClock();
  const bank = openTrialBank(clock);
  onTestFinished(() => bank[Symbol.asyncDispose]());
  return openTrial({
    dialogue,
    bank,
    understanding,
    clock,
    personAnswers,
    caller: '+15550100',
  });
}

async function answers(lines: readonly TrialLine[], personAnswers = true): Promise<readonly TrialAnswer[]> {
  const trial = begin(personAnswers);
  const given: TrialAnswer[] = [];
  for (const line of lines) given.push(await trial.take(line));
  trial.close();
  return given;
}
const last = async (...lines: readonly TrialLine[]): Promise<TrialAnswer> => {
  const given = (await answers(lines)).at(-1);
  if (given === undefined) throw new Error('no line');
  return given;
};

describe('a call without a telephone', () => {
  test('the first answer begins with the notice and the greeting', async () => {
    const { bot, how, state, understood, actions } = await last({ says: 'what is my balance' });
    expect(bot[0]).toContain('This call is recorded');
    expect(bot).toContain('Welcome to Example Bank.');
    expect(bot.at(-1)).toContain('account number');
    expect({ how, state, actions }).toEqual({ how: 'taken', state: 'identify', actions: [] });
    expect(understood).toEqual([{ name: 'balance', confidence: 0.95 }]);
  });

  test('keys fill slots, services are asked, and a secret is in nothing that is told', async () => {
    const given = await answers([{ presses: '1' }, { presses: '12345678' }, { presses: '2468' }]);
    expect(given[1]).toMatchObject({ state: 'prove', slots: { account: '12345678' } });
    expect(given[2]?.actions.map(({ name }) => name)).toEqual(['verify-pin', 'balance']);
    expect(given[2]?.bot[0]).toContain('one thousand two hundred thirty-four dollars');
    expect(JSON.stringify(given)).not.toContain('2468');
    // nor is the session, which opens the account to whoever has it
    expect(given[2]?.actions[1]).toEqual({ name: 'balance', args: { account: '12345678' } });
  });

  test('a question in between is understood by its name', async () => {
    const trial = begin(true, grammarUnderstanding, openDialogue('flows.yaml', FLOWS_PLAN, flowsGrammars, []));
    await trial.take({ presses: '1' });
    const { understood, bot, state } = await trial.take({ says: 'i do not have it' });
    trial.close();
    expect(understood).toEqual([{ name: 'no-account', confidence: 0.95 }]);
    expect({ said: bot[0], state }).toEqual({ said: 'It is on your card.', state: 'details' });
  });

  test('keys are collected below the dialogue: by length, by #, by the time between them, and ahead of the question', async () => {
    expect((await last({ presses: '112345678#2468' })).actions.map(({ name }) => name)).toEqual([
      'verify-pin',
      'balance',
    ]);
    expect(await last({ presses: '1' }, { presses: '1234' })).toMatchObject({
      bot: [],
      how: 'none',
      state: 'identify',
    });
    expect((await last({ presses: '1' }, { presses: '1234' }, { waits: 2_999 })).bot).toEqual([]);
    const begun = 'I have one two three four. Please say the rest.';
    expect((await last({ presses: '1' }, { presses: '1234' }, { waits: 3_001 })).bot).toEqual([begun]);
    expect((await last({ presses: '1' }, { presses: '1234#' })).bot).toEqual([begun]);
    expect((await last({ presses: '1' }, { presses: '1#' })).bot[0]).toBe('An account number has eight digits.');
  });

  test('silence: asked again after the time of the question, and let go in the end', async () => {
    const given = await answers([{ waits: 6_999 }, { waits: 2 }, { waits: 60_000 }, { says: 'hello' }]);
    expect(given[0]?.bot).toHaveLength(4);
    expect(given[1]).toMatchObject({ how: 'none', state: 'main', understood: [] });
    expect(given[1]?.bot).toHaveLength(1);
    expect(given[2]).toMatchObject({ outcome: 'silent-caller', ended: true });
    expect(given[3]).toMatchObject({ bot: [], outcome: 'silent-caller', ended: true });
  });

  test('a call has its longest time', async () => {
    const given = await answers([
      { says: 'when are you open' },
      ...Array.from({ length: 200 }, () => ({ says: 'repeat' })),
      { waits: 901_000 },
    ]);
    expect(given.at(-1)?.ended).toBe(true);
  });

  test('what is half heard is asked back; what is not understood is not taken', async () => {
    expect(await last({ says: 'balance', confidence: 0.4 })).toMatchObject({ how: 'asked', state: 'main' });
    expect(await last({ says: 'balance', confidence: 0.4 }, { says: 'yes' })).toMatchObject({
      how: 'taken',
      state: 'identify',
    });
    expect(await last({ says: 'goodbye' })).toMatchObject({ how: 'asked', state: 'main' });
    expect(await last({ says: 'purple elephants dance' })).toMatchObject({ how: 'none', state: 'main' });
    expect(await last({ says: 'balance' }, { says: 'one two three four' })).toMatchObject({ how: 'asked' });
    expect(
      await last({ says: 'balance' }, { says: 'one two three four' }, { says: 'five six seven eight' }),
    ).toMatchObject({ how: 'asked', state: 'identify' });
  });

  test('another language is one', async () => {
    expect((await last({ says: 'bonjour', language: 'fr-FR' })).bot.join(' ')).toContain(
      'do not understand this language',
    );
    expect(await last({ says: '你好', language: 'zh-CN' })).toMatchObject({ how: 'none', state: 'main' });
    expect(await last({ says: '我的卡丢了', language: 'zh-CN' })).toMatchObject({ how: 'taken', state: 'lost-card' });
    expect((await last({ says: 'balance', language: 'en-GB' })).state).toBe('identify');
  });

  test('a person: reached, or not', async () => {
    expect(await last({ says: 'agent' })).toMatchObject({
      actions: [{ name: 'transfer', args: { because: 'requested' } }],
      outcome: 'transferred',
      ended: true,
    });
    const [nobody] = await answers([{ says: 'agent' }], false);
    expect(nobody).toMatchObject({ state: 'try-again', how: 'taken' });
    expect(nobody?.outcome).toBeUndefined();
  });

  test('keys mean options, slots, answers and commands', async () => {
    const given = await answers([{ presses: '2' }, { presses: '12345678' }, { presses: '2' }, { presses: '0' }]);
    expect(given.map(({ understood }) => understood.map(({ name }) => name))).toEqual([
      ['lost-card'],
      ['account'],
      ['no'],
      ['person'],
    ]);
  });

  test('two things that were asked for at once are both understood', async () => {
    const both: Understanding = {
      interpret: ({ heard }) =>
        heard.map((one) => ({
          ...one,
          interpretations: [
            { by: 'intent', meaning: { intent: 'fees' }, confidence: 0.9, sure: true, also: 'branch' } as const,
          ],
        })),
    };
    const trial = begin(true, both);
    expect(await trial.take({ says: 'your fees and your address please' })).toMatchObject({
      understood: [
        { name: 'fees', confidence: 0.9 },
        { name: 'branch', confidence: 0.9 },
      ],
      how: 'taken',
      state: 'more',
    });
    trial.close();
  });

  test('a call that is over came to what it came to', async () => {
    expect(await last({ says: 'agent' }, { says: 'hello' })).toMatchObject({
      bot: [],
      actions: [],
      outcome: 'transferred',
      ended: true,
    });
  });

  test('the caller hangs up: that was all', async () => {
    expect(await last({ says: 'balance' }, { hangsUp: true })).toMatchObject({
      outcome: 'caller-hung-up',
      ended: true,
      how: 'none',
    });
  });

  test('whatever a script does, each line has an answer, twice the same', async () => {
    const line: fc.Arbitrary<TrialLine> = fc.oneof(
      fc.record({
        says: fc.constantFrom(
          'balance',
          'yes',
          'no',
          'agent',
          'one two three',
          '12345678',
          'goodbye',
          '',
          'repeat',
          'lost card',
        ),
        confidence: fc.constantFrom(0, 0.4, 0.6, 0.95),
      }),
      fc.record({ presses: fc.stringMatching(/^[0-9*#]{1,12}$/) }),
      fc.record({ waits: fc.nat({ max: 20_000 }) }),
    );
    await assertProperty(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
        const given = await answers(lines, false);
        expect(given).toHaveLength(lines.length);
        expect(await answers(lines, false)).toEqual(given);
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

describe('lines of a script', () => {
  test.each([
    ['{"says":"hello"}', { says: 'hello' }],
    ['{"says":"你好","language":"zh","confidence":0.5}', { says: '你好', language: 'zh', confidence: 0.5 }],
    ['{"presses":"12#"}', { presses: '12#' }],
    ['{"waits":1500}', { waits: 1500 }],
    ['{"hangsUp":true}', { hangsUp: true }],
  ])('%s', (text, line) => expect(parseTrialLine(text)).toEqual(line));

  test.each([
    '',
    'hello',
    '[]',
    'null',
    '{}',
    '{"says":1}',
    '{"presses":"abc"}',
    '{"waits":-1}',
    '{"hangsUp":false}',
    '{"says":"a","presses":"1"}',
    '{"says":"a","confidence":2}',
  ])('%s is told what was expected', (text) => expect(parseTrialLine(text)).toContain('expected one of {"says": TEXT'));
});
