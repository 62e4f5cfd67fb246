import type { Ask, Go, Plan, PlanSlot, PlanState } from '../dialplan/plan.ts';
import { Secret } from '../../domain/secret.ts';
import { emit, remember, report, say, type Situation, spoken, type StateConfig, way } from './actions.ts';
import { asking, freshTroubles, gate, misunderstood } from './asking.ts';
import { valuesOf } from './context.ts';

type StateOf<K extends PlanState['kind']> = Extract<PlanState, { readonly kind: K }>;

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
        always: way(plan, state.next),
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

/** Fills the slots that came with the event, with a report of each. */
const fill = [
  remember(({ context, event }) => ('slots' in event ? { slots: { ...context.slots, ...event.slots } } : {})),
  emit(({ event }) => {
    if (event.type !== 'fill' && event.type !== 'unsure-fill' && event.type !== 'choose') return [];
    const { by } = event;
    const filled = 'name' in event && event.secret !== undefined ? { [event.name]: String(event.secret) } : event.slots;
    return Object.entries(filled).map(
      ([slot, value]) => ({ do: 'report', fact: { type: 'slot-filled', slot, by, value } }) as const,
    );
  }),
];

/** What waited for a yes has got it. */
const fillPending = [
  emit(({ context }) =>
    Object.entries(context.pending?.slots ?? {}).map(
      ([slot, value]) => ({ do: 'report', fact: { type: 'slot-filled', slot, by: 'speech', value } }) as const,
    ),
  ),
  remember(({ context }) => ({ slots: { ...context.slots, ...context.pending?.slots } })),
];

const pend = remember(({ event }) => ({
  pending: { option: 'option' in event ? event.option : null, slots: 'slots' in event ? event.slots : {} },
}));

const after = <A>(
  first: readonly A[],
  next: { readonly target: string; readonly reenter: boolean; readonly actions: readonly A[] },
) => ({ ...next, actions: [...first, ...next.actions] });

type Choice = StateOf<'choice'>;

const chosen = (plan: Plan, state: Choice) =>
  state.options.map(({ name, go }) => ({
    guard: ({ event }: Situation) => event.type === 'choose' && event.option === name,
    ...after([remember(() => ({ intent: name })), ...fill], way(plan, go)),
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

function choiceAsking(plan: Plan, state: Choice): StateConfig {
  const ask = asking(plan, state.ask);
  return { ...ask, on: { ...ask.on, choose: chosen(plan, state), unsure: guessed(plan, state) } };
}

function choiceConfirming(plan: Plan, state: Choice): StateConfig {
  const ask = asking(plan, state.confirm);
  const yes = state.options.map(({ name, go }) => ({
    guard: ({ context }: Situation) => context.pending?.option === name,
    ...after([...fillPending, remember(() => ({ intent: name }))], way(plan, go)),
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

function formStates(plan: Plan, form: StateOf<'form'>): Pick<StateConfig, 'initial' | 'states'> {
  const states: Record<string, StateConfig> = {};
  const { unless } = form;
  const first = form.slots[0]?.name ?? '';
  states['GATE'] = {
    always: [
      ...(unless === undefined
        ? []
        : [
            {
              guard: ({ context }: Situation) => valuesOf(context)[unless.known] !== undefined,
              target: `#${unless.to}`,
              reenter: true,
            },
          ]),
      { target: first },
    ],
  };
  for (const [place, slot] of form.slots.entries()) {
    const next = form.slots[place + 1];
    const go =
      next === undefined ? way(plan, form.next) : { target: `#${form.id}/${next.name}`, reenter: true, actions: [] };
    states[slot.name] = slotConfig(plan, form.id, slot, go);
  }
  return { initial: 'GATE', states };
}

function slotConfig(plan: Plan, form: string, slot: PlanSlot, next: ReturnType<typeof way>): StateConfig {
  const ask = asking(plan, slot.ask);
  const { always } = gate(plan, slot.ask);
  const readBack = slot.confirm === undefined ? after(fill, next) : toReadBack(plan, slot.confirm);
  const states: Record<string, StateConfig> = {
    GATE: {
      always: [
        { guard: ({ context }: Situation) => !slot.secret && context.slots[slot.name] !== undefined, ...next },
        ...always,
      ],
    },
    asking: {
      ...ask,
      on: {
        ...ask.on,
        fill:
          slot.confirmWhen === 'always'
            ? [
                { guard: ({ event }: Situation) => event.type === 'fill' && event.by === 'speech', ...readBack },
                after(fill, next),
              ]
            : after(fill, next),
        'unsure-fill': readBack,
      },
    },
  };
  if (slot.confirm !== undefined) {
    const confirm = asking(plan, slot.confirm);
    states['confirming'] = {
      ...confirm,
      on: {
        ...confirm.on,
        yes: after(fillPending, next),
        no: misunderstood(plan, slot.confirm, slot.ask),
        correct: toReadBack(plan, slot.confirm),
      },
    };
  }
  return { id: `${form}/${slot.name}`, initial: 'GATE', states };
}

const toReadBack = (plan: Plan, confirm: Ask) => ({
  target: `#${confirm.path}`,
  reenter: true,
  actions: [pend, remember(() => ({ recent: [] })), ...say(plan, confirm.bargeIn, () => [confirm.say])],
});

function confirmAsking(plan: Plan, state: StateOf<'confirm'>): StateConfig {
  const ask = asking(plan, state.ask);
  const corrected = { target: `#${state.id}`, reenter: true, actions: [pend, ...fillPending, freshTroubles] };
  return { ...ask, on: { ...ask.on, yes: way(plan, state.yes), no: way(plan, state.no), correct: corrected } };
}

function lookUp(plan: Plan, state: StateOf<'look-up'>, entered: ReturnType<typeof report>): StateConfig {
  const result = ({ context, event }: Situation) =>
    event.type === 'looked-up' && event.id === context.lookUp ? event.result : undefined;
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
    return [...(tries === undefined ? [] : [last]), { guard: is, ...after([count], way(plan, go, because)) }];
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

function transfer(plan: Plan, state: StateOf<'transfer'>, entered: ReturnType<typeof report>): StateConfig {
  const outcome = ({ event }: Situation) => (event.type === 'transfer-ended' ? event.outcome : undefined);
  const because = (context: Situation['context']) => context.because ?? state.because;
  const { say: first } = state;
  const to = (is: string, go: Go) => ({ guard: (now: Situation) => outcome(now) === is, ...way(plan, go) });
  return {
    id: state.id,
    entry: [
      entered,
      report(({ context }) => ({ type: 'person-requested', because: because(context) })),
      ...(first === undefined ? [] : say(plan, 'none', () => [first])),
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
