import type { Aside, Assignment, StateOf } from '../dialplan/plan.ts';
import type { Values } from '../dialplan/prompt-template.ts';
import { evaluate, holds } from '../expression/evaluate.ts';
import { type Frame, freshFrame, type Unread, valuesOf } from './conversation.ts';
import { type Draft, frameOf, inFrame, remember, without } from './draft.ts';
import { enterState } from './enter-state.ts';
import { settleSlots } from './filling.ts';
import { go } from './go.ts';
import { resume } from './resume.ts';
import { sayOnce } from './speaking.ts';

/* Flows call each other: each call is a frame, with slots of its own. */

export function callFlow(draft: Draft, state: StateOf<'call'>): void {
  const given = assigned(state.with, valuesOf(draft.now));
  inFrame(draft, { at: { state: state.id, slot: null, phase: 'waiting' } });
  // what came along for the flow's slots goes with it; it is judged where it is asked
  const { unread } = frameOf(draft);
  const along = Object.keys(unread).filter((name) => draft.program.asked.get(state.flow)?.has(name) === true);
  push(draft, state.flow, given, along);
}

/** Back to whoever called, or to the question that was interrupted. */
export function returnFrom(draft: Draft, state: StateOf<'return'>): void {
  const { frames } = draft.now;
  const values = valuesOf(draft.now);
  const { recent } = frameOf(draft);
  remember(draft, { frames: frames.slice(0, -1) });
  const { at } = frameOf(draft);
  const caller = draft.program.states.get(at.state);
  if (caller?.kind !== 'call' || at.phase !== 'waiting') {
    resume(draft, [draft.program.plan.resumeSay]);
    return;
  }
  inFrame(draft, { recent });
  const saved = caller.saves.flatMap(([here, there]) => {
    const value = values[there];
    return value === undefined ? [] : [[here, String(value)] as const];
  });
  if (state.as === undefined) settleSlots(draft, Object.fromEntries(saved));
  go(draft, state.as === undefined ? caller.next : (caller.otherwise.get(state.as) ?? caller.next));
}

export function branch(draft: Draft, { ways, otherwise }: StateOf<'branch'>): void {
  const values = valuesOf(draft.now);
  go(draft, ways.find(({ when }) => holds(when, values))?.go ?? otherwise);
}

export function setValues(draft: Draft, { values, next }: StateOf<'set'>): void {
  settleSlots(draft, assigned(values, valuesOf(draft.now)));
  go(draft, next);
}

/** Answers a question in between: in a few words, or by a flow. The question that it interrupts is asked again. */
export function digress(draft: Draft, { say, flow }: Aside): void {
  if (say !== undefined) sayOnce(draft, 'both', [say]);
  if (flow === undefined) {
    resume(draft, [draft.program.plan.resumeSay]);
    return;
  }
  // who asks the same within the answer begins it anew; a flow that was called is not cut short by that
  const { frames } = draft.now;
  const before = frames.findIndex((frame, n) => frame.flow === flow && frames[n - 1]?.at.phase !== 'waiting');
  if (before > 0) remember(draft, { frames: frames.slice(0, before) });
  // what the question has that it interrupts stays there
  push(draft, flow, {}, []);
}

/** @param along - names of what is handed over, beside what is given */
function push(draft: Draft, flow: string, given: Readonly<Record<string, string>>, along: readonly string[]): void {
  const planned = draft.program.plan.flows.get(flow);
  if (planned === undefined) throw new RangeError(`the plan has no flow '${flow}'`);
  const { slots, unread } = frameOf(draft);
  inFrame(draft, { slots: without(slots, along), unread: without(unread, along) });
  const pick = <V>(from: Frame['slots'] | Frame['unread']) =>
    Object.fromEntries(Object.entries(from).filter(([name]) => along.includes(name))) as Record<string, V>;
  const frame = freshFrame(flow, { state: planned.start, slot: null, phase: 'passing' });
  remember(draft, {
    frames: [
      ...draft.now.frames,
      {
        ...frame,
        slots: { ...pick<string>(slots), ...given },
        unread: without(pick<Unread>(unread), Object.keys(given)),
      },
    ],
  });
  enterState(draft, planned.start);
}

/** One by one: a later one sees the earlier ones. What has no value leaves what it is assigned to as it was. */
function assigned(assignments: readonly Assignment[], known: Values): Record<string, string> {
  const result: Record<string, string> = {};
  for (const { name, value } of assignments) {
    const found = evaluate(value, { ...known, ...result });
    if (found !== undefined) result[name] = String(found);
  }
  return result;
}
