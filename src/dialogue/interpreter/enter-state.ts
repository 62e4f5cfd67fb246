import { flowOf } from '../dialplan/flow-names.ts';
import type { StateOf } from '../dialplan/plan.ts';
import { askBank } from './ask-bank.ts';
import { type Draft, frameOf, inFrame, remember, report, standAt } from './draft.ts';
import { ringPerson } from './ring-person.ts';
import { say } from './speaking.ts';

/** Into a state of the dialplan: what it does at once, and whether somebody is waited for there. */
export function enterState(draft: Draft, id: string): void {
  const state = draft.program.states.get(id);
  if (state === undefined) throw new RangeError(`the plan has no state '${id}'`);
  leaveFlowsFor(draft, flowOf(id));
  reportEntered(draft, id);
  switch (state.kind) {
    case 'say':
      say(draft, state.bargeIn, [state.say]);
      // What must be heard whole is over before anything listens; the rest is said in one breath with what follows.
      standAt(draft, { state: id, slot: null, phase: state.bargeIn === 'none' ? 'waiting' : 'passing' });
      return;
    case 'choice':
    case 'confirm':
    case 'form':
    case 'call':
    case 'return':
    case 'branch':
    case 'set':
      standAt(draft, { state: id, slot: null, phase: 'passing' });
      return;
    case 'look-up':
      standAt(draft, { state: id, slot: null, phase: 'waiting' });
      askBank(draft, state);
      return;
    case 'transfer':
      standAt(draft, { state: id, slot: null, phase: 'waiting' });
      ringPerson(draft, state);
      return;
    case 'end':
      end(draft, state);
  }
}

/** A state of another flow is one of a flow that waits: those above it are over. */
function leaveFlowsFor(draft: Draft, flow: string): void {
  const { frames } = draft.now;
  const { recent } = frameOf(draft);
  const at = frames.findLastIndex((frame) => frame.flow === flow);
  if (at < 0 || at === frames.length - 1) return;
  remember(draft, { frames: frames.slice(0, at + 1) });
  inFrame(draft, { pending: null, begun: [], recent });
}

export function reportEntered(draft: Draft, state: string): void {
  const { name, version, language } = draft.program.plan;
  report(draft, { type: 'state-entered', state, dialplan: name, dialplan_version: version, language });
}

function end(draft: Draft, { id, say: last, because }: StateOf<'end'>): void {
  if (last !== undefined) say(draft, 'none', [last]);
  hangUp(draft, id, because);
}

/** The conversation is over: nothing that happens matters any more. */
export function hangUp(draft: Draft, state: string, because: StateOf<'end'>['because']): void {
  draft.effects.push({ do: 'hang-up', because });
  standAt(draft, { state, slot: null, phase: 'over' });
}
