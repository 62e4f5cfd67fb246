import { describe, expect, test } from 'vitest';
import type { Dialogue } from '../../src/dialogue/dialogue.ts';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import type { UninterpretedEvent } from '../../src/dialogue/understanding.ts';
import { frame, PERSON } from './loop-frame.ts';
import { FLOWS_PLAN, flowsGrammars } from './support/flows-plan.ts';
import { openSimulation } from './support/simulate.ts';
import { smallGrammars } from './support/small-plan.ts';

/* What flows know of each other, of the call, and of the question that they interrupt. */

const say = (words: string): UninterpretedEvent => ({
  type: 'said',
  heard: [{ words: words.split(' '), confidence: 0.9, free: false }],
});
const press = (digits: string): UninterpretedEvent => ({ type: 'keyed', digits });

/** What comes of the last of the events. */
function botOf(dialogue: Dialogue, ...events: readonly UninterpretedEvent[]): readonly string[] {
  const simulation = openSimulation(dialogue, { contact: 'c', caller: '' });
  for (const event of events) simulation.send(event);
  const { lines } = simulation;
  return lines.slice(lines.findLastIndex((line) => line.startsWith('caller:')) + 1);
}

/** The plan with changes. */
function changed(changes: readonly (readonly [string, string])[]) {
  let text = FLOWS_PLAN;
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  return openDialogue('flows.yaml', text, flowsGrammars, []);
}

describe('what is known', () => {
  test('stays with the question that is interrupted, whatever the answer asks for itself', () => {
    const plan = changed([
      [
        'say: It costs nothing., next: more }',
        "say: It costs nothing., next: sum }\n      sum: { kind: form, slots: { amount: { say: For how much?, keys: { min: 1, max: 4, terminator: '#' } } }, next: more }",
      ],
    ]);
    const asked = [say('pay two zero'), say('what does it cost')];
    expect(botOf(plan, ...asked).at(-2)).toBe('bot: For how much?');
    expect(botOf(plan, ...asked, press('5#'), say('yes'), press('1234')).at(-1)).toBe('bot: Pay 21 (false)?');
  });

  test('for the whole call is what was said last, in every flow', () => {
    const plan = changed([
      [
        'start: ask-what\n    states:\n',
        'start: first\n    states:\n      first: { kind: form, slots: { account: { say: Yours?, keys: { min: 4, max: 4 }, keep: call } }, next: ask-what }\n',
      ],
      [
        'start: details\n    states:\n',
        'start: other\n    states:\n      other: { kind: say, say: Another one., next: { to: details, clear: [account] } }\n',
      ],
    ]);
    const paid = botOf(plan, press('5678'), press('1'), press('1234'), press('20#'), say('yes'));
    expect(paid).toContain('bot: You paid 21 from one two three four.');
  });

  test('to the bank alone is told nobody else, under whatever name', () => {
    const plan = openDialogue(
      'flows.yaml',
      frame(
        `  first: { kind: look-up, service: open, keeps: [session], done: copy, failed: main }
  copy: { kind: set, values: { again: session, signed: known(session) }, next: use }
  use: { kind: call, flow: use, with: { token: again }, saves: { back: token }, next: last }
  last: { kind: look-up, service: last, args: { one: back, two: signed }, done: main, failed: main }
${PERSON}`,
        `flows:
  use:
    params: { token: text }
    returns: [token]
    start: ask
    states:
      ask: { kind: look-up, service: use, args: { token: token }, done: done, failed: done }
      done: { kind: return }
`,
      ),
      smallGrammars,
      ['open', 'use', 'last'],
    );
    const simulation = openSimulation(plan, { contact: 'c', caller: '' }, () => ({
      outcome: 'done',
      values: { session: 's-1' },
    }));
    simulation.send(press('1'));
    const lookUps = simulation.effects.flatMap((effect) => (effect.do === 'look-up' ? [effect] : []));
    expect(lookUps.slice(1)).toMatchObject([
      { service: 'use', args: { token: 's-1' }, confidential: ['token'] },
      { service: 'last', args: { one: 's-1', two: 'true' }, confidential: ['one'] },
    ]);
    expect(plan.place(simulation.state).slots).toEqual({ signed: 'true' });
  });
});

test('a command that ends the call within a flow is asked about first', () => {
  const plan = changed([
    ["person: { to: person, keys: '0' }", "person: { to: person, keys: '0' }\n    stop: { to: stopping, keys: '9' }"],
    ['      bye: { kind: end', '      stopping: { kind: call, flow: stop, next: bye }\n      bye: { kind: end'],
    [
      '  explain-fees:\n',
      '  stop:\n    start: thanks\n    states:\n      thanks: { kind: say, say: Thank you., next: main.bye }\n  explain-fees:\n',
    ],
  ]);
  expect(botOf(plan, press('9'))).toContain('bot: Do you want to end this call?');
  expect(botOf(plan, press('9'), press('1'))).toContain('hang-up: bot-hung-up');
});

test('a flow that was called is not cut short by a question in between that it answers as well', () => {
  const plan = changed([
    ['leave: { to: bye,', 'leave: { to: told,'],
    ['      bye: { kind: end', '      told: { kind: call, flow: explain-fees, next: bye }\n      bye: { kind: end'],
  ]);
  const asked = [press('2'), say('what does it cost'), say('yes')];
  expect(botOf(plan, ...asked)).toEqual([
    'state: explain-fees.done',
    'bot: Back to it.',
    'bot: Is that clear?',
    'state: explain-fees.more',
  ]);
  expect(botOf(plan, ...asked, say('yes'))).toContain('hang-up: bot-hung-up');
});
