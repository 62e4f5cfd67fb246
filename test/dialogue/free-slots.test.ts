import { expect, test } from 'vitest';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import type { UninterpretedEvent } from '../../src/dialogue/understanding.ts';
import { PLAN_HEAD } from './support/plan-head.ts';
import { openSimulation } from './support/simulate.ts';

/* What is said in the caller's own words is the value of a free slot. */

const PLAN = `${PLAN_HEAD}start: complain
states:
  complain:
    kind: form
    slots:
      said: { say: What happened?, free: true }
    next: noted
  noted: { kind: look-up, service: note, args: { said: said }, done: bye, failed: bye }
  person: { kind: transfer, because: asked, completed: bye, no-answer: bye }
  bye: { kind: end, say: Goodbye. }
`;
const grammars = (): string => '#ABNF 1.0 UTF-8;\nroot $c;\n$c = agent {command=person} | repeat {command=repeat};';
const dialogue = openDialogue('free.yaml', PLAN, grammars, ['note']);

function after(...events: readonly UninterpretedEvent[]) {
  const simulation = openSimulation(dialogue, { contact: 'c', caller: '+1' });
  for (const event of events) simulation.send(event);
  return simulation.effects.at(-1);
}
const freely = (...texts: readonly string[]): UninterpretedEvent => ({
  type: 'said',
  heard: texts.map((text, n) => ({ words: text.split(' '), confidence: 0.6 - n / 10, free: true })),
});

test('the hypotheses go to the service, the most likely first; a keyword in them is no command', () => {
  expect(after(freely('an agent was rude', 'the agent was rude'))).toMatchObject({
    do: 'look-up',
    args: { said: 'an agent was rude | the agent was rude' },
  });
});

test('commands are obeyed, and what was hardly heard is asked for again', () => {
  expect(after({ type: 'said', heard: [{ words: ['agent'], confidence: 0.9, free: false }] })).toMatchObject({
    do: 'transfer',
  });
  expect(after({ type: 'said', heard: [{ words: ['mumble'], confidence: 0.2, free: true }] })).toMatchObject({
    do: 'listen',
    listening: { speech: { orFree: true } },
  });
});

test('a free slot has no grammar', () => {
  const wrong = PLAN.replace('free: true', "free: true, grammar: 'builtin:digits?length=4'");
  expect(() => openDialogue('free.yaml', wrong, grammars, ['note'])).toThrow('expected no type, grammar');
});
