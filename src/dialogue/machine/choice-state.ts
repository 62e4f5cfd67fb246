import type { Plan, StateOf } from '../dialplan/plan.ts';
import { remember, report, type Situation, type StateConfig, say, way } from './actions.ts';
import { asking, misunderstood } from './asking.ts';
import { after, fill, fillPending, pend } from './filling.ts';

type Choice = StateOf<'choice'>;

/** It is what the caller wants from now on. Who was asked whether it is says yes. */
const want = (intent: string) => [
  remember(() => ({ intent })),
  report(({ event }) => ({ type: 'intent-matched', intent, by: event.type === 'choose' ? event.by : 'speech' })),
];

const chosen = (plan: Plan, state: Choice) =>
  state.options.map(({ name, go }) => ({
    guard: ({ event }: Situation) => event.type === 'choose' && event.option === name,
    ...after([...want(name), ...fill], way(plan, go)),
  }));

const guessed = (plan: Plan, state: Choice) => ({
  target: `#${state.confirm.path}`,
  reenter: true,
  actions: [
    pend,
    remember(() => ({ recent: [] })),
    ...say(plan, state.confirm.bargeIn, ({ context }) =>
      state.options.filter(({ name }) => name === context.pending?.option).map(({ confirm }) => confirm),
    ),
  ],
});

export function choiceAsking(plan: Plan, state: Choice): StateConfig {
  const ask = asking(plan, state.ask);
  return { ...ask, on: { ...ask.on, choose: chosen(plan, state), unsure: guessed(plan, state) } };
}

export function choiceConfirming(plan: Plan, state: Choice): StateConfig {
  const ask = asking(plan, state.confirm);
  const yes = state.options.map(({ name, go }) => ({
    guard: ({ context }: Situation) => context.pending?.option === name,
    ...after([...fillPending, ...want(name)], way(plan, go)),
  }));
  return {
    ...ask,
    on: {
      ...ask.on,
      yes,
      no: misunderstood(plan, state.confirm, state.ask),
      choose: chosen(plan, state),
      unsure: guessed(plan, state),
    },
  };
}
