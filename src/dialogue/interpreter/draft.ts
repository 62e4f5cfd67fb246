import type { DialogueEffect, DialogueFact } from '../dialogue.ts';
import { flowOf } from '../dialplan/flow-names.ts';
import type { Plan, PlanState, Command } from '../dialplan/plan.ts';
import { type Conversation, type Frame, type Place, topFrame } from './conversation.ts';
import type { Understood } from './understood.ts';

/** A plan as the interpreter looks things up in it. */
export interface Program {
  readonly plan: Plan;
  readonly states: ReadonlyMap<string, PlanState>;
  readonly commands: ReadonlyMap<string, Command>;
  /** By flow, the slots that its forms ask. */
  readonly asked: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names of values that look-ups keep and none saves: no journal has them. */
  readonly confidential: ReadonlySet<string>;
}

export function programOf(plan: Plan): Program {
  const lookUps = plan.states.flatMap((state) => (state.kind === 'look-up' ? [state] : []));
  const saved = new Set(lookUps.flatMap(({ saves }) => saves));
  return {
    plan,
    states: new Map(plan.states.map((state) => [state.id, state])),
    commands: new Map(plan.commands.map((command) => [command.name, command])),
    asked: new Map([...plan.flows.keys()].map((flow) => [flow, askedIn(plan, flow)])),
    confidential: new Set(lookUps.flatMap(({ keeps }) => keeps.filter((name) => !saved.has(name)))),
  };
}

const askedIn = ({ states }: Plan, flow: string): ReadonlySet<string> =>
  new Set(
    states.flatMap((state) =>
      state.kind === 'form' && flowOf(state.id) === flow ? state.slots.map(({ name }) => name) : [],
    ),
  );

/** One step of the interpreter while it is made: what the conversation becomes, and what is to be done. */
export interface Draft {
  readonly program: Program;
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

/** The record but for what has these names. */
export const without = <V>(record: Readonly<Record<string, V>>, names: readonly string[]): Record<string, V> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
