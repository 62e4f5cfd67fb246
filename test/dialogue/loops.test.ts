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
import { IvrError } from '../../src/domain/error.ts';
import { smallGrammars } from './support/small-plan.ts';

/* Dialplans that go round without the caller: the check refuses them, and the guard stops what it has missed. */

const frame = (states: string, more = ''): string => `dialplan: looping
version: 1
language: en-US
maximum-call-seconds: 600
notices: [{ id: recording, version: 1, text: Recorded. }]
start: main
time-up: bye
shutdown: bye
trouble: { no-input: Nothing., no-match: Pardon?, tries: 3, escalate: bye, silent-tries: 3, silent: bye }
keys-only: { say: Keys please., escalate: person }
commands: { grammar: commands.abnf, list: { person: { to: person, keys: '0' }, repeat: {} } }
${more}states:
  main:
    kind: menu
    say: What now?
    options: { one: { to: first, keys: '1', phrases: [one] }, two: { to: bye, keys: '2', phrases: [two] } }
  bye: { kind: end, say: Goodbye. }
${states}`;

const PERSON = '  person: { kind: transfer, because: asked, completed: bye, no-answer: main }\n';
const FIRST = '  first: { kind: say, say: One., next: main }\n';

function problems(text: string): string {
  try {
    openDialogue('looping.yaml', text, smallGrammars, ['service']);
  } catch (thrown) {
    if (thrown instanceof IvrError) return thrown.message;
    throw thrown;
  }
  return '';
}

describe('the check', () => {
  test('a loop through a question is right', () => {
    expect(problems(frame(FIRST + PERSON))).toBe('');
  });

  test.each([
    [
      'a transfer whose target refuses at once',
      `${FIRST}  person: { kind: transfer, because: asked, completed: bye, no-answer: person }\n`,
      'person (no-answer) → person',
    ],
    [
      'a transfer that fails otherwise',
      `${FIRST}  person: { kind: transfer, because: asked, completed: bye, no-answer: main, busy: person }\n`,
      'person (busy) → person',
    ],
    [
      'a person who hangs up at once',
      `${FIRST}  person: { kind: transfer, because: asked, completed: person, no-answer: bye }\n`,
      'person (completed) → person',
    ],
    [
      'transfers and sayings in turn',
      `${FIRST}  person: { kind: transfer, because: asked, completed: bye, no-answer: sorry }\n  sorry: { kind: say, say: Nobody., next: person }\n`,
      'person (no-answer) → sorry (next) → person',
    ],
    [
      'a look-up that fails at once',
      `  first: { kind: look-up, service: service, done: main, failed: first }\n${PERSON}`,
      'first (failed) → first',
    ],
    [
      'a look-up that is refused at once',
      `  first: { kind: look-up, service: service, done: main, failed: main, refused: { no: { to: main, tries: 3, otherwise: first } } }\n${PERSON}`,
      'first (no/otherwise) → first',
    ],
    [
      'a question that takes no keys, and a person who cannot be reached',
      `  first:\n    kind: question\n    say: Say it.\n    options: { three: { to: bye, phrases: [three] } }\n  person: { kind: transfer, because: asked, completed: bye, no-answer: first }\n`,
      'first (keys-only) → person (no-answer) → first',
    ],
    [
      'a slot that takes no keys',
      `  first: { kind: form, slots: { amount: { say: How much?, grammar: loans.abnf, value: intent } }, next: main }\n  person: { kind: transfer, because: asked, completed: bye, no-answer: first }\n`,
      'first (keys-only) → person (no-answer) → first',
    ],
    [
      'a form that is filled already',
      `  first: { kind: form, slots: { pin: { say: PIN?, keys: { min: 4, max: 4 } } }, next: check }\n  check: { kind: look-up, service: service, args: { pin: pin }, done: main, failed: first }\n${PERSON}`,
      'first (next) → check (failed) → first',
    ],
    [
      'a condition that always holds',
      `  first: { kind: form, unless: { known: token, to: check }, slots: { pin: { say: PIN?, keys: { min: 4, max: 4 } } }, next: check }\n  check: { kind: look-up, service: service, keeps: [token], done: main, failed: { to: first, clear: [pin] } }\n${PERSON}`,
      'first (unless) → check',
    ],
    [
      'look-ups, conditions, keys and transfers together',
      `  first: { kind: look-up, service: service, done: main, failed: ask }\n  ask:\n    kind: question\n    say: Say it.\n    options: { three: { to: bye, phrases: [three] } }\n  person: { kind: transfer, because: asked, completed: bye, no-answer: sorry }\n  sorry: { kind: say, say: Nobody., barge-in: none, next: first }\n`,
      'first (failed) → ask (keys-only) → person (no-answer) → sorry (next) → first',
    ],
  ])('%s', (_, states, loop) => {
    const found = problems(frame(states));
    expect(found).toMatch(/^looping\.yaml:\d+:3: expected a question somewhere in the loop from '[a-z]+' to itself/);
    expect(found).toContain(loop);
  });

  test('the same with the slot cleared on the way is right', () => {
    expect(
      problems(
        frame(
          `  first: { kind: form, unless: { known: token, to: check }, slots: { pin: { say: PIN?, keys: { min: 4, max: 4 } } }, next: check }\n  check: { kind: look-up, service: service, keeps: [token], done: main, failed: { to: first, clear: [pin, token] } }\n${PERSON}`,
        ),
      ),
    ).toBe('');
  });

  const chain = (length: number): string =>
    Array.from(
      { length },
      (_, n) => `  s${n}: { kind: say, say: Word ${n}., next: ${n + 1 < length ? `s${n + 1}` : 'main'} }\n`,
    ).join('');

  test('a way that is longer than the budget is refused, loop or not', () => {
    const first = '  first: { kind: say, say: One., next: s0 }\n';
    expect(problems(frame(first + chain(50) + PERSON))).toBe('');
    expect(problems(frame(first + chain(FLOW_LIMITS.planned) + PERSON))).toMatch(
      /expected a question after at most 100 steps and 8 transfers, found 101 steps from '\w+' on without one/,
    );
  });

  test('a thousand states in every shape are looked at in a moment', () => {
    const states = Array.from(
      { length: 1000 },
      (_, n) =>
        `  s${n}: { kind: look-up, service: service, done: s${(n * 7) % 1000}, failed: s${(n * 13 + 1) % 1000} }\n`,
    ).join('');
    const began = performance.now();
    expect(problems(frame(`  first: { kind: say, say: One., next: s1 }\n${states}${PERSON}`))).toContain('… and ');
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

type Kind = 'say' | 'look-up' | 'transfer' | 'question' | 'keyless' | 'form' | 'confirm';
const KINDS: readonly Kind[] = ['say', 'look-up', 'transfer', 'question', 'keyless', 'form', 'confirm'];

interface Targets {
  /** Of ways that may be gone without the caller, and of those that are not. */
  readonly passing: fc.Arbitrary<string>;
  readonly waiting: fc.Arbitrary<string>;
  /** Of the first way; where it is given, every state is reached. */
  readonly first?: string;
  /** Whether anything keeps a token that a form can be passed by. */
  readonly token: boolean;
}

/** A state's line of a dialplan. */
function stateOf(kind: Kind, { passing, waiting, first, token }: Targets): fc.Arbitrary<string> {
  const clearing = (target: fc.Arbitrary<string>) =>
    fc.oneof(
      { weight: 3, arbitrary: target },
      { weight: 1, arbitrary: target.map((to) => `{ to: ${to}, clear: [pin, token] }`) },
    );
  const go = clearing(passing);
  const firstGo = first === undefined ? go : fc.constant(first);
  const firstAnswer = first === undefined ? waiting : fc.constant(first);
  switch (kind) {
    case 'say':
      return fc
        .tuple(firstGo, fc.constantFrom('both', 'none'))
        .map(([to, barge]) => `{ kind: say, say: Word., barge-in: ${barge}, next: ${to} }`);
    case 'look-up':
      return fc.tuple(firstGo, go, go).map(([done, failed, no]) => {
        const refused = no.startsWith('{') ? no : `{ to: ${no} }`;
        return `{ kind: look-up, service: service, keeps: [token], done: ${done}, failed: ${failed}, refused: { no: ${refused} } }`;
      });
    case 'transfer':
      return fc
        .tuple(firstGo, go, go)
        .map(
          ([completed, none, busy]) =>
            `{ kind: transfer, because: x, completed: ${completed}, no-answer: ${none}, busy: ${busy} }`,
        );
    case 'question':
    case 'keyless': {
      const key = kind === 'question' ? ", keys: '7'" : '';
      return firstAnswer.map(
        (to) => `{ kind: question, say: Well?, options: { seven: { to: ${to}, phrases: [seven]${key} } } }`,
      );
    }
    case 'form':
      return fc
        .tuple(firstGo, passing, fc.boolean())
        .map(
          ([next, to, conditional]) =>
            `{ kind: form, ${conditional && token ? `unless: { known: token, to: ${to} }, ` : ''}slots: { pin: { say: PIN?, keys: { min: 4, max: 4 } } }, next: ${next} }`,
        );
    case 'confirm':
      return fc
        .tuple(firstAnswer, clearing(waiting))
        .map(([yes, no]) => `{ kind: confirm, say: Sure?, yes: ${yes}, no: ${no} }`);
  }
}

const dialplanOf = (bodies: readonly string[], none: string): string =>
  `  first: { kind: say, say: One., next: s0 }\n  person: { kind: transfer, because: asked, completed: bye, no-answer: ${none} }\n` +
  bodies.map((body, n) => `  s${n}: ${body}\n`).join('');

/** Dialplans of all kinds of states that lead anywhere; many loop, some do not. */
const anyStates = fc.array(fc.constantFrom(...KINDS), { minLength: 2, maxLength: 6 }).chain((kinds) => {
  const target = fc.constantFrom(...kinds.map((_, n) => `s${n}`), 'main', 'main', 'bye', 'person');
  return fc
    .tuple(
      fc.tuple(
        ...kinds.map((kind) => stateOf(kind, { passing: target, waiting: target, token: kinds.includes('look-up') })),
      ),
      target,
    )
    .map(([bodies, none]) => dialplanOf(bodies, none));
});

/** The same, where what does not wait leads forward, or back to a question that takes keys: the check accepts these. */
const rightStates = fc.array(fc.constantFrom(...KINDS), { minLength: 2, maxLength: 14 }).chain((kinds) => {
  const questions = kinds.flatMap((kind, n) => (kind === 'question' || kind === 'confirm' ? [`s${n}`] : []));
  const anywhere = fc.constantFrom(...kinds.map((_, n) => `s${n}`), 'main', 'bye', 'person');
  const targets = (from: number): Targets => ({
    passing: fc.constantFrom(
      ...kinds.flatMap((_, n) => (n > from ? [`s${n}`] : [])),
      ...questions,
      'main',
      'bye',
      'person',
    ),
    waiting: anywhere,
    first: from + 1 < kinds.length ? `s${from + 1}` : 'main',
    token: kinds.includes('look-up'),
  });
  return fc
    .tuple(fc.tuple(...kinds.map((kind, n) => stateOf(kind, targets(n)))), fc.constantFrom('main', 'bye'))
    .map(([bodies, none]) => dialplanOf(bodies, none));
});

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
        const dialogue = openDialogue('looping.yaml', plan, smallGrammars, ['service']);
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
}, 120_000);

describe('the guard', () => {
  const plan = compilePlan(
    readDialplan(
      'looping.yaml',
      frame(`  first: { kind: look-up, service: service, done: main, failed: main }\n${PERSON}`),
    ),
    smallGrammars,
    ['service'],
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
    const guarded = guardFlow(endless, { apology: words, goodbye: words });
    const [, ...effects] = guarded.start({ contact: 'c', caller: '', person: false });
    expect(steps).toBe(FLOW_LIMITS.perEvent);
    expect(effects.at(-1)).toEqual({ do: 'hang-up', because: 'failed' });
  });

  test('a caller who goes on answering is heard for a long time, but not for ever', () => {
    const state = { n: 0 } as unknown as FlowState;
    const chatty: Flow = {
      start: () => ({ state, effects: [], passing: false }),
      step: () => ({ state, effects: [{ do: 'report', fact: { type: 'no-match', attempt: 1 } }], passing: false }),
      goOn: () => ({ state, effects: [], passing: false }),
    };
    const words = { id: 'x', text: 'Sorry.', kind: 'static', language: 'en-US' } as const;
    const guarded = guardFlow(chatty, { apology: words, goodbye: words });
    let [now, ...effects] = guarded.start({ contact: 'c', caller: '', person: false });
    let answers = 0;
    while (effects.at(-1)?.do !== 'hang-up' && answers < 2 * FLOW_LIMITS.perCall) {
      answers += 1;
      [now, ...effects] = guarded.step(now, { type: 'no-match' });
    }
    expect(answers).toBe(FLOW_LIMITS.perCall);
  });
});
