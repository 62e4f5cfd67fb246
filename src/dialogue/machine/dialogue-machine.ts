import type { Plan } from '../dialplan/plan.ts';
import { builder, emit, spoken } from './actions.ts';
import { commandStates, commandWays } from './command-states.ts';
import { freshContext } from './context.ts';
import { stateConfig } from './state-config.ts';

/**
 * The XState machine of a dialplan. It is only ever asked for its next state: nothing in it runs. It has no eventless
 * transitions, of which XState would take as many as there are at one go: where nobody waits it is told to go on.
 */
export function dialogueMachine(plan: Plan) {
  return builder.createMachine({
    id: plan.name,
    context: ({ input }) => freshContext(input.contact, input.parties, input.person, input.keysOnly),
    initial: 'NOTICE',
    on: {
      command: commandWays(plan),
      'time-up': { target: `#${plan.timeUp}` },
      shutdown: { target: `#${plan.shutdown}` },
    },
    states: {
      // Heard to the end by everybody: nothing listens before.
      NOTICE: {
        entry: [
          emit(({ context }) => [
            { do: 'say', bargeIn: 'none', prompts: plan.notices.map((notice) => spoken(plan, notice, context)) },
          ]),
        ],
        on: { 'prompts-finished': { target: plan.start } },
      },
      ...Object.fromEntries(plan.states.map((state) => [state.id, stateConfig(plan, state)])),
      ...commandStates(plan),
      GONE: { id: 'GONE', type: 'final', entry: [emit(() => [{ do: 'hang-up', because: 'caller-hung-up' }])] },
    },
  });
}
