import { emit, remember } from './actions.ts';

/** Fills the slots that came with the event, with a report of each. */
export const fill = [
  remember(({ context, event }) => {
    if (!('slots' in event)) return {};
    const names = Object.keys(event.slots);
    const others = context.unread.filter((name) => !names.includes(name));
    return {
      slots: { ...context.slots, ...event.slots },
      begun: [],
      unread: event.type === 'choose' && event.by === 'speech' ? [...others, ...names] : others,
    };
  }),
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
export const fillPending = [
  emit(({ context }) =>
    Object.entries(context.pending?.slots ?? {}).map(
      ([slot, value]) => ({ do: 'report', fact: { type: 'slot-filled', slot, by: 'speech', value } }) as const,
    ),
  ),
  remember(({ context }) => ({
    slots: { ...context.slots, ...context.pending?.slots },
    begun: [],
    unread: context.unread.filter((name) => !Object.hasOwn(context.pending?.slots ?? {}, name)),
  })),
];

export const pend = remember(({ event }) => ({
  pending: { option: 'option' in event ? event.option : null, slots: 'slots' in event ? event.slots : {} },
}));

export const after = <A>(
  first: readonly A[],
  next: { readonly target: string; readonly reenter: boolean; readonly actions: readonly A[] },
) => ({ ...next, actions: [...first, ...next.actions] });
