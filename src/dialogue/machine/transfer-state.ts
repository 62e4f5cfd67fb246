import type { Go, Plan, StateOf } from '../dialplan/plan.ts';
import { emit, remember, report, type Situation, type StateConfig, say, way } from './actions.ts';
import { valuesOf } from './context.ts';

const outcome = ({ event }: Situation) => (event.type === 'transfer-ended' ? event.outcome : undefined);

export function transfer(plan: Plan, state: StateOf<'transfer'>, entered: ReturnType<typeof report>): StateConfig {
  const because = (context: Situation['context']) => context.because ?? state.because;
  const { say: first } = state;
  const to = (is: string, go: Go) => ({ guard: (now: Situation) => outcome(now) === is, ...way(plan, go) });
  return {
    id: state.id,
    entry: [
      entered,
      report(({ context }) => ({ type: 'person-requested', because: because(context) })),
      ...(first === undefined ? [] : say(plan, 'none', ({ context }) => (context.person ? [first] : []))),
      emit(({ context }) => {
        const values = valuesOf(context);
        const known = state.context.flatMap((name) =>
          values[name] === undefined ? [] : [[name, String(values[name])]],
        );
        return [
          {
            do: 'transfer',
            because: because(context),
            ringMs: state.ringMs,
            ...(state.queue === undefined ? {} : { queue: state.queue }),
            context: { ...(context.intent === null ? {} : { intent: context.intent }), ...Object.fromEntries(known) },
          },
        ];
      }),
      remember(() => ({ because: null, recent: [], silent: 0 })),
    ],
    on: {
      'transfer-ended': [
        { guard: (now: Situation) => outcome(now) === 'caller-hung-up', target: '#GONE' },
        to('completed', state.completed),
        to('busy', state.busy),
        to('declined', state.declined),
        to('failed', state.failed),
        way(plan, state.noAnswer),
      ],
    },
  };
}
