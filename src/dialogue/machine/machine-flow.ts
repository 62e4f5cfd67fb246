import { type AnyActorScope, createActor, type ExecutableActionObject } from 'xstate';
import type { DialogueEffect } from '../dialogue.ts';
import type { Ask, Plan } from '../dialplan/plan.ts';
import type { Flow, FlowState, FlowStep } from '../flow.ts';
import { type FlowInput, isPassing } from './actions.ts';
import { confirmsCommand } from './command-states.ts';
import { type Context, NOBODY, type Understood } from './context.ts';
import { dialogueMachine } from './dialogue-machine.ts';
import { understand } from './understand.ts';

export interface MachineFlow extends Flow {
  /** The question that is open. */
  askIn(state: FlowState | undefined): Ask | undefined;
  /** Words that began an answer to it. */
  begunIn(state: FlowState | undefined): readonly string[];
}

/** What a `FlowState` is inside. */
interface Inside {
  readonly value: StatePath;
  readonly context: Context;
}
type StatePath = string | { readonly [state: string]: StatePath };

const opened = (state: FlowState): Inside => state as unknown as Inside;

/** `{ balance: { account: 'asking' } }` → 'balance/account/asking' */
function pathOf(value: StatePath): string {
  if (typeof value === 'string') return value;
  const [child] = Object.entries(value);
  return child === undefined ? '' : `${child[0]}/${pathOf(child[1])}`;
}

/** Interprets a plan by its XState machine. */
export function openMachineFlow(plan: Plan): MachineFlow {
  const machine = dialogueMachine(plan);
  const ends = new Set(['GONE', ...plan.states.filter(({ kind }) => kind === 'end').map(({ id }) => id)]);
  const askIn = (state: FlowState | undefined): Ask | undefined =>
    state === undefined ? undefined : plan.asks.get(pathOf(opened(state).value));
  const { scope, actions } = inertScope(machine);
  type Snapshot = ReturnType<typeof machine.transition>;
  const taken = (step: () => Snapshot): FlowStep => {
    actions.length = 0;
    const snapshot = step();
    return {
      state: { value: snapshot.value, context: snapshot.context } as unknown as FlowState,
      effects: actions.flatMap(({ params }) => emitted(params)),
      passing: isPassing(snapshot),
    };
  };
  const next = (from: Inside, event: Understood): FlowStep =>
    taken(() => machine.transition(machine.resolveState(from), event, scope));

  return {
    askIn,
    begunIn: (state) => (state === undefined ? [] : opened(state).context.begun),
    start: ({ contact, caller, called = '', divertedFrom = '', person = true }, input) =>
      taken(() =>
        machine.getInitialSnapshot(scope, {
          contact,
          parties: { caller, called, divertedFrom },
          person,
          keysOnly: input === 'keys',
        }),
      ),
    step(state, event, input) {
      const { value, context } = opened(state);
      const understood = understand(plan, askIn(state), event, context.begun);
      if (understood === undefined || (typeof value === 'string' && ends.has(value)))
        return { state, effects: [], passing: false };
      const answered = event.type === 'said' || event.type === 'keyed';
      const repeats =
        understood.type === 'no-match' ||
        (understood.type === 'command' &&
          (understood.command === 'repeat' || confirmsCommand(plan, understood.command)));
      const keysOnly = input === 'keys' || event.type === 'keys-only';
      const before = {
        ...context,
        keysOnly,
        keysOnlySaid: keysOnly && context.keysOnlySaid,
        ...(answered || event.type === 'no-match' ? { silent: 0 } : {}),
        ...(answered && !repeats ? { recent: [] } : {}),
      };
      return next({ value, context: before }, understood);
    },
    goOn: (state) => next(opened(state), { type: 'go-on' }),
  };
}

/**
 * What XState's own `transition` makes anew for every step, at more than the price of the step: an actor that never runs, with the
 * machine begun once more. One will do: steps are taken one after another, and nothing in the machine spawns, defers or sends.
 */
function inertScope(machine: ReturnType<typeof dialogueMachine>) {
  const input: FlowInput = { contact: '', parties: NOBODY, person: true, keysOnly: false };
  const self = createActor(machine, { input });
  const actions: ExecutableActionObject[] = [];
  const nothing = (): void => undefined;
  const scope: AnyActorScope = {
    self,
    id: '',
    sessionId: '',
    system: self.system,
    logger: nothing,
    defer: nothing,
    stopChild: nothing,
    emit: nothing,
    actionExecutor: (action: ExecutableActionObject) => void actions.push(action),
  };
  return { scope, actions };
}

const emitted = (params: unknown): readonly DialogueEffect[] =>
  typeof params === 'object' && params !== null && 'effects' in params && Array.isArray(params.effects)
    ? params.effects
    : [];
