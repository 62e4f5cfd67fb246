import type { Ask, Go, Plan, PlanState } from './plan.ts';

/** A way out of a state, and the key of the dialplan that leads there. */
export interface Way {
  readonly by: string;
  readonly go: Go;
  /** Of a look-up: the bank has answered. */
  readonly done?: true;
  /** Taken when this is known. */
  readonly known?: string;
  /** The caller wants something else than what was approved. */
  readonly changes?: true;
}

/** The questions of a state. */
function asksOf(plan: Plan, state: PlanState): readonly Ask[] {
  const confirms = (asks: readonly (Ask | undefined)[]): Ask[] => asks.filter((ask) => ask !== undefined);
  switch (state.kind) {
    case 'choice':
      return [state.ask, state.confirm];
    case 'confirm':
      return [state.ask];
    case 'form':
      return state.slots.flatMap(({ ask, confirm }) => confirms([ask, confirm]));
    default:
      return [];
  }
}

/** A way there, and nothing else. */
export const straight = (to: string): Go => ({ to, say: undefined, clear: [], because: undefined });

/** All ways out of a state within its flow and for the main one: its own, and where its questions may be left from. Calls and returns are none. */
export function waysOut(plan: Plan, state: PlanState): readonly Way[] {
  const asks = asksOf(plan, state);
  return asks.length === 0 ? ownWays(state) : [...ownWays(state), ...waysOfAsking(plan, asks)];
}

/** A state's own ways out, without those of its questions. */
export function ownWays(state: PlanState): readonly Way[] {
  switch (state.kind) {
    case 'say':
    case 'set':
      return [{ by: 'next', go: state.next }];
    case 'choice':
      return state.options.map(({ name, go }) => ({ by: name, go }));
    case 'confirm':
      return [
        { by: 'yes', go: state.yes },
        { by: 'no', go: state.no },
        ...(state.corrects === undefined
          ? []
          : [{ by: 'corrects', go: straight(state.corrects), changes: true as const }]),
      ];
    case 'form':
      return [
        { by: 'next', go: state.next },
        ...(state.unless === undefined
          ? []
          : [{ by: 'unless', go: straight(state.unless.to), known: state.unless.known }]),
      ];
    case 'look-up':
      return [
        { by: 'done', go: state.done, done: true },
        { by: 'failed', go: state.failed },
        ...state.refused.flatMap(({ because, go, otherwise }) => [
          { by: because, go },
          ...(otherwise === undefined ? [] : [{ by: `${because}/otherwise`, go: otherwise }]),
        ]),
      ];
    case 'branch':
      return [
        ...state.ways.map(({ when, go }, n) => ({
          by: `ways ${n + 1}`,
          go,
          ...(when.op === 'known' ? { known: when.name } : {}),
        })),
        { by: 'otherwise', go: state.otherwise },
      ];
    case 'transfer':
      return [
        { by: 'completed', go: state.completed },
        { by: 'no-answer', go: state.noAnswer },
        { by: 'busy', go: state.busy },
        { by: 'declined', go: state.declined },
        { by: 'failed', go: state.failed },
        ...(state.verify === undefined ? [] : [{ by: 'verify', go: state.verify }]),
      ];
    case 'call':
    case 'return':
    case 'end':
      return [];
  }
}

function waysOfAsking(plan: Plan, asks: readonly Ask[]): readonly Way[] {
  return [
    ...asks.map(({ escalate }) => ({ by: 'escalate', go: escalate })),
    { by: 'keys-only', go: plan.keysOnlyEscalate },
    { by: 'other-language', go: plan.otherLanguage.escalate },
    ...[...plan.otherLanguage.languages].map(([language, go]) => ({ by: language, go })),
    { by: 'silent', go: straight(plan.silent) },
    ...plan.commands.flatMap(({ name, go }) => (go === undefined ? [] : [{ by: name, go }])),
  ];
}

/** The flows that answer questions in between at a state. */
export const flowsBetween = (plan: Plan, state: PlanState): ReadonlySet<string> => {
  const asks = asksOf(plan, state);
  const asides = asks.flatMap(({ reads }) => reads.asides);
  const commands = asks.length === 0 ? [] : plan.commands.flatMap(({ aside }) => aside ?? []);
  return new Set([...asides, ...commands].flatMap(({ flow }) => flow ?? []));
};
