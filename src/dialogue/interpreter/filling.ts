import { type Draft, frameOf, inFrame, report } from './draft.ts';

type Slots = Readonly<Record<string, string>>;

/** Fills the slots that came with what was said or keyed, with a report of each. */
export function fill(draft: Draft): void {
  const { event } = draft;
  if (event?.type !== 'fill' && event?.type !== 'unsure-fill' && event?.type !== 'choose') return;
  const { slots, unread } = frameOf(draft);
  const names = Object.keys(event.slots);
  const others = unread.filter((name) => !names.includes(name));
  inFrame(draft, {
    slots: { ...slots, ...event.slots },
    begun: [],
    unread: event.type === 'choose' && event.by === 'speech' ? [...others, ...names] : others,
  });
  // of a secret, the count of its digits
  const filled: Slots =
    'secret' in event && event.secret !== undefined ? { [event.name]: String(event.secret) } : event.slots;
  for (const [slot, value] of Object.entries(filled)) report(draft, { type: 'slot-filled', slot, by: event.by, value });
}

/** What waited for a yes has got it. */
export function fillPending(draft: Draft): void {
  const { slots, unread, pending } = frameOf(draft);
  const confirmed: Slots = pending?.slots ?? {};
  for (const [slot, value] of Object.entries(confirmed))
    report(draft, { type: 'slot-filled', slot, by: 'speech', value });
  inFrame(draft, {
    slots: { ...slots, ...confirmed },
    begun: [],
    unread: unread.filter((name) => !Object.hasOwn(confirmed, name)),
  });
}

/** What was heard waits for a yes. */
export function pend(draft: Draft): void {
  const { event } = draft;
  inFrame(draft, {
    pending: {
      option: event !== undefined && 'option' in event ? event.option : null,
      slots: event !== undefined && 'slots' in event ? event.slots : {},
    },
  });
}
