import type { Plan, PlanState } from '../dialplan/plan.ts';
import { emit, passing, report, type StateConfig, say, way } from './actions.ts';
import { gate } from './asking.ts';
import { choiceAsking, choiceConfirming } from './choice-state.ts';
import { confirmAsking, formStates } from './form-state.ts';
import { lookUp } from './look-up-state.ts';
import { transfer } from './transfer-state.ts';

/** The XState node of one state of the dialplan. */
export function stateConfig(plan: Plan, state: PlanState): StateConfig {
  const entered = report(() => ({
    type: 'state-entered',
    state: state.id,
    dialplan: plan.name,
    dialplan_version: plan.version,
  }));
  switch (state.kind) {
    case 'say':
      return {
        id: state.id,
        entry: [entered, ...say(plan, state.bargeIn, () => [state.say])],
        // What must be heard whole is over before anything listens; the rest is said in one breath with what follows.
        ...(state.bargeIn === 'none'
          ? { on: { 'prompts-finished': way(plan, state.next) } }
          : passing([way(plan, state.next)])),
      };
    case 'choice':
      return {
        id: state.id,
        entry: [entered],
        initial: 'GATE',
        states: {
          GATE: gate(plan, state.ask),
          asking: choiceAsking(plan, state),
          confirming: choiceConfirming(plan, state),
        },
      };
    case 'form':
      return { id: state.id, entry: [entered], ...formStates(plan, state) };
    case 'confirm':
      return {
        id: state.id,
        entry: [entered],
        initial: 'GATE',
        states: { GATE: gate(plan, state.ask), asking: confirmAsking(plan, state) },
      };
    case 'look-up':
      return lookUp(plan, state, entered);
    case 'transfer':
      return transfer(plan, state, entered);
    case 'end': {
      const { say: last } = state;
      return {
        id: state.id,
        type: 'final',
        entry: [
          entered,
          ...(last === undefined ? [] : say(plan, 'none', () => [last])),
          emit(() => [{ do: 'hang-up', because: state.because }]),
        ],
      };
    }
  }
}
