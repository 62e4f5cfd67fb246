import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dialogue, DialogueEffect, DialogueEvent, DialogueState } from '../../src/dialogue/dialogue.ts';
import { compilePlan } from '../../src/dialogue/dialplan/compile-plan.ts';
import { readDialplan } from '../../src/dialogue/dialplan/dialplan-source.ts';
import type { Go, PlanState } from '../../src/dialogue/dialplan/plan.ts';
import { FLOW_LIMITS, type Flow, type FlowState } from '../../src/dialogue/flow.ts';
import { guardFlow } from '../../src/dialogue/guard-flow.ts';
import { dialogueOf, openDialogue } from '../../src/dialogue/open-dialogue.ts';
import { type UninterpretedEvent, understood } from '../../src/dialogue/understanding.ts';
import { anyStates, rightStates } from './any-dialplan.ts';
import { ANY_SERVICE, frame, PERSON, problems } from './loop-frame.ts';
import { smallGrammars } from './support/small-plan.ts';

/** Drives a dialogue with answers that come at once, as far as it goes without the caller. */
function withoutTheCaller(
  dialogue: Dialogue,
  from: DialogueState,
  effects: readonly DialogueEffect[],
  answers: () => number,
) {
  let state = from;
  let acts = effects;
  let events = 0;
  const facts: string[] = [];
  for (;;) {
    facts.push(...acts.flatMap((effect) => (effect.do === 'report' ? [effect.fact.type] : [])));
    const last = acts.findLast(({ do: kind }) => kind !== 'report');
    if (last === undefined || last.do === 'listen' || last.do === 'hang-up') return { state, facts, events, last };
    const event: DialogueEvent =
      last.do === 'look-up'
        ? {
            type: 'looked-up',
            id: last.id,
            result: [
              { outcome: 'failed' } as const,
              { outcome: 'refused', because: 'no' } as const,
              { outcome: 'done', values: { token: 't' } } as const,
              { outcome: 'done', values: {} } as const,
            ][answers() % 4] ?? { outcome: 'failed' },
          }
        : last.do === 'transfer'
          ? {
              type: 'transfer-ended',
              outcome: (['no-answer', 'busy', 'failed', 'completed'] as const)[answers() % 4] ?? 'failed',
            }
          : { type: 'prompts-finished' };
    events += 1;
    const [next, ...then] = dialogue.step(state, event, answers() % 2 === 0 ? 'keys' : 'voice-and-keys');
    state = next;
    acts = then;
  }
}

const said = (words: string): UninterpretedEvent => ({
  type: 'said',
  heard: [{ words: [words], confidence: 1, free: false }],
});
const callerSays = fc.constantFrom<UninterpretedEvent>(
  { type: 'keyed', digits: '1' },
  { type: 'keyed', digits: '0' },
  { type: 'keyed', digits: '7' },
  { type: 'keyed', digits: '1234' },
  said('seven'),
  said('agent'),
  { type: 'no-input' },
  { type: 'no-match' },
  { type: 'keys-only' },
);

test('whatever the check accepts stays within its budget, whatever the bank, the people and the callers do', () => {
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.oneof({ weight: 4, arbitrary: rightStates }, { weight: 1, arbitrary: anyStates }),
      fc.infiniteStream(fc.nat()),
      fc.array(callerSays, { maxLength: 12 }),
      (text, stream, caller) => {
        const plan = frame(text);
        const found = problems(plan);
        if (found !== '') return;
        accepted += 1;
        const answers = (): number => stream.next().value ?? 0;
        const dialogue = openDialogue('looping.yaml', plan, smallGrammars, ANY_SERVICE);
        const [begun, ...first] = dialogue.start({ contact: 'c', caller: '' });
        let now = withoutTheCaller(dialogue, begun, first, answers);
        for (const event of caller) {
          if (now.last?.do === 'hang-up') break;
          const [state, ...effects] = dialogue.step(now.state, understood(dialogue, now.state, event));
          now = withoutTheCaller(dialogue, state, effects, answers);
          expect(now.facts).not.toContain('flow-loop');
          expect(now.events).toBeLessThanOrEqual(FLOW_LIMITS.planned);
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(accepted).toBeGreaterThanOrEqual(200);
});

describe('the guard', () => {
  const plan = compilePlan(
    readDialplan(
      'looping.yaml',
      frame(`  first: { kind: look-up, service: service, done: main, failed: main }\n${PERSON}`),
    ),
    smallGrammars,
    ANY_SERVICE,
  );
  const to = (id: string): Go => ({ to: id, say: undefined, clear: [], because: undefined });
  /** The same plan, with a change that no check would let through. */
  const changed = (id: string, change: Partial<PlanState>): Dialogue =>
    dialogueOf({
      ...plan,
      states: plan.states.map((state) => (state.id === id ? ({ ...state, ...change } as PlanState) : state)),
    });
  const press = (digits: string): DialogueEvent => ({ type: 'keyed', digits });
  const told = (effects: readonly DialogueEffect[]) =>
    effects.flatMap((effect) => (effect.do === 'say' ? effect.prompts.map(({ text }) => text) : []));

  function inMain(dialogue: Dialogue, person = true): DialogueState {
    const [notice] = dialogue.start({ contact: 'c', caller: '', person });
    return dialogue.step(notice, { type: 'prompts-finished' })[0];
  }

  test('a look-up that fails for ever: a fact with its states, an apology, a person', () => {
    const dialogue = changed('first', { failed: to('first') });
    let [state, ...effects] = dialogue.step(inMain(dialogue), press('1'));
    for (let n = 0; n < 500 && effects.at(-1)?.do === 'look-up'; n++) {
      const last = effects.at(-1);
      const id = last?.do === 'look-up' ? last.id : 0;
      [state, ...effects] = dialogue.step(state, { type: 'looked-up', id, result: { outcome: 'failed' } });
    }
    const fact = effects.flatMap((effect) =>
      effect.do === 'report' && effect.fact.type === 'flow-loop' ? [effect.fact] : [],
    );
    expect(fact).toEqual([
      { type: 'flow-loop', states: Array(8).fill('first').join(' '), steps: FLOW_LIMITS.betweenAnswers + 1 },
    ]);
    expect(told(effects)).toEqual(['I am sorry, something has gone wrong on our side.']);
    expect(effects.at(-1)).toMatchObject({ do: 'transfer', because: 'flow-loop' });
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);

    const [, ...talked] = dialogue.step(state, { type: 'transfer-ended', outcome: 'completed' });
    expect(talked).toEqual([{ do: 'hang-up', because: 'bot-hung-up' }]);
    const [over, ...nobody] = dialogue.step(state, { type: 'transfer-ended', outcome: 'busy' });
    expect(told(nobody)).toEqual(['Please call again later. Goodbye.']);
    expect(nobody.at(-1)).toEqual({ do: 'hang-up', because: 'failed' });
    expect(dialogue.step(over, press('1'))).toEqual([over]);
    for (const [type, because] of [
      ['time-up', 'maximum-duration'],
      ['shutdown', 'shutdown'],
    ] as const)
      expect(dialogue.step(state, { type }).at(-1)).toEqual({ do: 'hang-up', because });
    expect(dialogue.step(state, { type: 'transfer-ended', outcome: 'caller-hung-up' }).at(-1)).toEqual({
      do: 'hang-up',
      because: 'caller-hung-up',
    });
    expect(dialogue.completes(state, ['one'])).toBe(false);
  });

  test.each([true, false])('a transfer that fails for ever ends with a goodbye after %s and eight rings', (person) => {
    const dialogue = changed('person', { noAnswer: to('person'), failed: to('person') });
    let [state, ...effects] = dialogue.step(inMain(dialogue, person), press('0'));
    let rings = 0;
    while (effects.at(-1)?.do === 'transfer') {
      rings += 1;
      [state, ...effects] = dialogue.step(state, { type: 'transfer-ended', outcome: 'failed' });
    }
    expect(rings).toBe(FLOW_LIMITS.rings);
    expect(told(effects)).toEqual([
      'I am sorry, something has gone wrong on our side.',
      'Please call again later. Goodbye.',
    ]);
    expect(effects.at(-1)).toEqual({ do: 'hang-up', because: 'failed' });
  });

  test('sayings in a circle, within one event', () => {
    const dialogue = dialogueOf({
      ...plan,
      states: plan.states.map((state) =>
        state.id === 'first'
          ? { kind: 'say', id: 'first', say: plan.keptSay, bargeIn: 'both', next: to('first') }
          : state,
      ),
    });
    const [, ...effects] = dialogue.step(inMain(dialogue, false), press('1'));
    expect(told(effects)).toHaveLength(2);
    expect(effects.at(-1)).toEqual({ do: 'hang-up', because: 'failed' });
  });

  test('an interpreter of any kind that never rests', () => {
    let steps = 0;
    const state = { n: 0 } as unknown as FlowState;
    const endless: Flow = {
      start: () => ({ state, effects: [], passing: true }),
      step: () => ({ state, effects: [], passing: true }),
      goOn: () => {
        steps += 1;
        return { state, effects: [], passing: true };
      },
    };
    const words = { id: 'x', text: 'Sorry.', kind: 'static', language: 'en-US' } as const;
    const guarded = guardFlow(endless, () => ({ apology: words, goodbye: words }));
    const [, ...effects] = guarded.start({ contact: 'c', caller: '', person: false });
    expect(steps).toBe(FLOW_LIMITS.perEvent);
    expect(effects.at(-1)).toEqual({ do: 'hang-up', because: 'failed' });
  });

  test('with the apology in the language that was spoken, of which the person is told', () => {
    const flow: Flow = {
      start: () => ({ state: { language: 'zh-CN' } as unknown as FlowState, effects: [], passing: true }),
      step: (state) => ({ state, effects: [], passing: true }),
      goOn: (state) => ({ state, effects: [], passing: true }),
    };
    const guarded = guardFlow(flow, (state) => {
      const { language } = state as unknown as { readonly language: string };
      const words = { id: 'x', text: '对不起', kind: 'static', language } as const;
      return { apology: words, goodbye: words, language };
    });
    const [, ...effects] = guarded.start({ contact: 'c', caller: '' });
    expect(effects.find((effect) => effect.do === 'say')).toMatchObject({ prompts: [{ language: 'zh-CN' }] });
    expect(effects.at(-1)).toMatchObject({ do: 'transfer', language: 'zh-CN' });
  });

  test('a caller who goes on answering is heard for a long time, but not for ever', () => {
    const state = { n: 0 } as unknown as FlowState;
    const chatty: Flow = {
      start: () => ({ state, effects: [], passing: false }),
      step: () => ({ state, effects: [{ do: 'report', fact: { type: 'no-match', attempt: 1 } }], passing: false }),
      goOn: () => ({ state, effects: [], passing: false }),
    };
    const words = { id: 'x', text: 'Sorry.', kind: 'static', language: 'en-US' } as const;
    const guarded = guardFlow(chatty, () => ({ apology: words, goodbye: words }));
    let [now, ...effects] = guarded.start({ contact: 'c', caller: '', person: false });
    let answers = 0;
    while (effects.at(-1)?.do !== 'hang-up' && answers < 2 * FLOW_LIMITS.perCall) {
      answers += 1;
      [now, ...effects] = guarded.step(now, { type: 'no-match' });
    }
    expect(answers).toBe(FLOW_LIMITS.perCall);
  });
});
