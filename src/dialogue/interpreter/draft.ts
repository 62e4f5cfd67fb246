import type { DialogueEffect, DialogueFact } from '../dialogue.ts';
import { flowOf } from '../dialplan/flow-names.ts';
import type { Plan, PlanState, Command } from '../dialplan/plan.ts';
import { type Expression, namesIn } from '../expression/expression.ts';
import { type Conversation, type Frame, type Place, topFrame } from './conversation.ts';
import type { Understood } from './understood.ts';

/** A plan as the interpreter looks things up in it. */
export interface Program {
  readonly plan: Plan;
  readonly states: ReadonlyMap<string, PlanState>;
  readonly commands: ReadonlyMap<string, Command>;
  /** By flow, the slots that its forms ask. */
  readonly asked: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names of values that look-ups keep and none saves, and of what is made of them: no journal has them. */
  readonly confidential: ReadonlySet<string>;
}

export function programOf(plan: Plan): Program {
  return {
    plan,
    states: new Map(plan.states.map((state) => [state.id, state])),
    commands: new Map(plan.commands.map((command) => [command.name, command])),
    asked: new Map([...plan.flows.keys()].map((flow) => [flow, askedIn(plan, flow)])),
    confidential: confidentialIn(plan),
  };
}

function confidentialIn({ states }: Plan): ReadonlySet<string> {
  const lookUps = states.flatMap((state) => (state.kind === 'look-up' ? [state] : []));
  const saved = new Set(lookUps.flatMap(({ saves }) => saves));
  const names = new Set(lookUps.flatMap(({ keeps }) => keeps.filter((name) => !saved.has(name))));
  const made = states.flatMap(madeIn);
  for (let before = -1; before !== names.size; ) {
    before = names.size;
    for (const { name, of } of made) if (of.some((one) => names.has(one))) names.add(name);
  }
  return names;
}

interface Made {
  readonly name: string;
  readonly of: readonly string[];
}

/** What a state gives a value that comes from other values. Whether a condition holds tells nothing of them. */
function madeIn(state: PlanState): readonly Made[] {
  const by = (name: string, value: Expression): Made => ({ name, of: value.kind === 'truth' ? [] : namesIn(value) });
  switch (state.kind) {
    case 'set':
      return state.values.map(({ name, value }) => by(name, value));
    case 'call':
      return [
        ...state.with.map(({ name, value }) => by(name, value)),
        ...state.saves.map(([here, there]) => ({ name: here, of: [there] })),
      ];
    case 'form':
      return state.slots.flatMap(({ name, default: given }) => (given === undefined ? [] : [by(name, given)]));
    default:
      return [];
  }
}

const askedIn = ({ states }: Plan, flow: string): ReadonlySet<string> =>
  new Set(
    states.flatMap((state) =>
      state.kind === 'form' && flowOf(state.id) === flow ? state.slots.map(({ name }) => name) : [],
    ),
  );

/** One step of the interpreter while it is made: what the conversation becomes, and what is to be done. */
export interface Draft {
  /** In the language that is spoken. */
  program: Program;
  /** By language. */
  readonly programs: ReadonlyMap<string, Program>;
  /** What happened; undefined when the interpreter goes on by itself. */
  readonly event: Understood | undefined;
  now: Conversation;
  readonly effects: DialogueEffect[];
}

export function remember(draft: Draft, change: Partial<Conversation>): void {
  draft.now = { ...draft.now, ...change };
}

/** Changes the frame where the conversation is. */
export function inFrame(draft: Draft, change: Partial<Frame>): void {
  const { frames } = draft.now;
  remember(draft, { frames: [...frames.slice(0, -1), { ...topFrame(draft.now), ...change }] });
}

export const frameOf = (draft: Draft): Frame => topFrame(draft.now);

export const standAt = (draft: Draft, at: Place): void => inFrame(draft, { at });

export const report = (draft: Draft, fact: DialogueFact): void => void draft.effects.push({ do: 'report', fact });

/**
 * What is kept for the whole call is known once: the flows that have called this one have no older value of it. A question in
 * between changes nothing of what it interrupts.
 */
export function forgetInCallers(draft: Draft, names: readonly string[]): void {
  const kept = names.filter((name) => draft.program.plan.kept.has(name));
  const below = draft.now.frames.slice(0, -1);
  const interrupted = below.findLastIndex(({ at }) => at.phase !== 'waiting');
  if (kept.length === 0 || interrupted === below.length - 1) return;
  const frames = below.map((frame, n) =>
    n <= interrupted ? frame : { ...frame, slots: without(frame.slots, kept), unread: without(frame.unread, kept) },
  );
  remember(draft, { frames: [...frames, topFrame(draft.now)] });
}

/** The record but for what has these names. */
export const without = <V>(record: Readonly<Record<string, V>>, names: readonly string[]): Record<string, V> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
