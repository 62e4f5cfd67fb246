import type { Plan } from '../dialplan/plan.ts';
import { builder, emit, remember, type Situation, spoken, way } from './actions.ts';
import { freshContext } from './context.ts';
import { stateConfig } from './state-config.ts';

/** The XState machine of a dialplan. It is only ever asked for its next state: nothing in it runs. */
export function dialogueMachine(plan: Plan) {
  const commands = plan.commands.flatMap(({ name, go }) =>
    go === undefined
      ? []
      : [
          {
            guard: ({ event }: Situation) => event.type === 'command' && event.command === name,
            ...way(plan, go, name === 'person' ? 'requested' : undefined),
          },
        ],
  );
  return builder.createMachine({
    id: plan.name,
    context: ({ input }) => freshContext(input.contact, input.caller, input.person),
    initial: 'NOTICE',
    on: {
      command: commands,
      'keys-only': { actions: [remember(() => ({ keysOnly: true }))] },
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
      GONE: { id: 'GONE', type: 'final', entry: [emit(() => [{ do: 'hang-up', because: 'caller-hung-up' }])] },
    },
  });
}
