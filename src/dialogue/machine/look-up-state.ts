import { Secret } from '../../domain/secret.ts';
import type { Plan, StateOf } from '../dialplan/plan.ts';
import { emit, remember, type report, type Situation, type StateConfig, spoken, way } from './actions.ts';
import { valuesOf } from './context.ts';
import { after } from './filling.ts';

/** The answer to the look-up that is open; those to earlier ones mean nothing. */
const result = ({ context, event }: Situation) =>
  event.type === 'looked-up' && event.id === context.lookUp ? event.result : undefined;

export function lookUp(plan: Plan, state: StateOf<'look-up'>, entered: ReturnType<typeof report>): StateConfig {
  const kept = new Set(state.keeps);
  const saved = [
    emit((now) => {
      const found = result(now);
      if (found?.outcome !== 'done') return [];
      return state.saves.flatMap((slot) => {
        const value = found.values[slot];
        return value === undefined
          ? []
          : [{ do: 'report', fact: { type: 'slot-filled', slot, by: 'lookup', value: String(value) } } as const];
      });
    }),
    remember((now) => {
      const found = result(now);
      const wanted = Object.entries(found?.outcome === 'done' ? found.values : {}).filter(
        ([name]) => kept.has(name) || state.saves.includes(name),
      );
      return { values: { ...now.context.values, ...Object.fromEntries(wanted) } };
    }),
  ];
  const refused = state.refused.flatMap(({ because, go, tries, otherwise }) => {
    const key = `${state.id}/${because}`;
    const is = (now: Situation) => {
      const found = result(now);
      return found?.outcome === 'refused' && found.because === because;
    };
    const count = remember(({ context }) => ({
      refusals: { ...context.refusals, [key]: (context.refusals[key] ?? 0) + 1 },
    }));
    const last = {
      guard: (now: Situation) => is(now) && (now.context.refusals[key] ?? 0) + 1 >= (tries ?? Number.POSITIVE_INFINITY),
      ...after([count], way(plan, otherwise ?? state.failed)),
    };
    return [...(tries === undefined ? [] : [last]), { guard: is, ...after([count], way(plan, go)) }];
  });
  return {
    id: state.id,
    entry: [
      entered,
      remember(({ context }) => ({ lookUp: context.lookUp + 1 })),
      emit(({ context, event }) => [
        {
          do: 'look-up',
          id: context.lookUp,
          service: state.service,
          args: Object.fromEntries(
            Object.entries(state.args).map(([name, from]) => [
              name,
              plan.secrets.has(from) ? secretOf(event) : String(valuesOf(context)[from] ?? ''),
            ]),
          ),
          timeoutMs: state.timeoutMs,
          fillers: state.fillers.map(({ afterMs, say }) => ({ afterMs, prompt: spoken(plan, say, context) })),
        },
      ]),
    ],
    on: {
      'looked-up': [
        { guard: (now: Situation) => result(now)?.outcome === 'done', ...after(saved, way(plan, state.done)) },
        ...refused,
        { guard: (now: Situation) => result(now) !== undefined, ...way(plan, state.failed) },
      ],
    },
  };
}

/** A secret goes from the event straight into the effect: it is never part of the state. */
const secretOf = (event: Situation['event']): Secret =>
  event.type === 'fill' && event.secret !== undefined ? event.secret : new Secret('');
