import type { Ask, Plan, PlanSlot, StateOf } from '../dialplan/plan.ts';
import { passing, remember, type Situation, type StateConfig, say, way } from './actions.ts';
import { asking, freshTroubles, gate, misunderstood } from './asking.ts';
import { valuesOf } from './context.ts';
import { after, fill, fillPending, pend } from './filling.ts';

/** A form asks its slots in order, past those that are known. */
export function formStates(plan: Plan, form: StateOf<'form'>): Pick<StateConfig, 'initial' | 'states'> {
  const states: Record<string, StateConfig> = {};
  const { unless } = form;
  const first = form.slots[0]?.name ?? '';
  states['GATE'] = passing([
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
  ]);
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
  const readBack = slot.confirm === undefined ? after(fill, next) : toReadBack(plan, slot.confirm);
  const states: Record<string, StateConfig> = {
    GATE: passing([
      ...(slot.confirm === undefined || slot.confirmWhen !== 'always'
        ? []
        : [readBackUnread(plan, slot, slot.confirm)]),
      { guard: ({ context }: Situation) => !slot.secret && context.slots[slot.name] !== undefined, ...next },
      ...gate(plan, slot.ask).on['go-on'],
    ]),
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

/** What was said along with something else is read back before it counts, like what was said here. */
const readBackUnread = (plan: Plan, { name }: PlanSlot, confirm: Ask) => ({
  guard: ({ context }: Situation) => context.slots[name] !== undefined && context.unread.includes(name),
  target: `#${confirm.path}`,
  reenter: true,
  actions: [
    freshTroubles,
    remember(({ context }: Situation) => {
      const { [name]: value = '', ...slots } = context.slots;
      return {
        slots,
        unread: context.unread.filter((one) => one !== name),
        pending: { option: null, slots: { [name]: value } },
      };
    }),
    ...say(plan, confirm.bargeIn, () => [confirm.say]),
  ],
});

const toReadBack = (plan: Plan, confirm: Ask) => ({
  target: `#${confirm.path}`,
  reenter: true,
  actions: [pend, remember(() => ({ recent: [], noInputs: 0 })), ...say(plan, confirm.bargeIn, () => [confirm.say])],
});

/** Yes, no, or "no, it is …". */
export function confirmAsking(plan: Plan, state: StateOf<'confirm'>): StateConfig {
  const ask = asking(plan, state.ask);
  const corrected = { target: `#${state.id}`, reenter: true, actions: [pend, ...fillPending, freshTroubles] };
  return { ...ask, on: { ...ask.on, yes: way(plan, state.yes), no: way(plan, state.no), correct: corrected } };
}
