import type { PlanSlot } from '../dialplan/plan.ts';
import type { Unread } from './conversation.ts';
import { type Draft, forgetInCallers, frameOf, inFrame, type Program, remember, report, without } from './draft.ts';
import { factsOf, type HeardValue, heardAs } from './readings.ts';

/*
 * The one way in for values, wherever they come from: an answer, a correction, keys, or a sentence about something else. A value
 * is valid for its slot, then sure enough, then confirmed where the dialplan wants it, and then the slot is filled.
 */

type Slots = Readonly<Record<string, string>>;

/** What becomes of a value that is offered to a slot. `confirm`: it is read back first; `which`: it is asked which reading is meant. */
export type Verdict = 'invalid' | 'which' | 'confirm' | 'filled';

export function judge(
  program: Program,
  slot: PlanSlot,
  value: string,
  { confidence, others, confusable }: Unread,
): Verdict {
  if (!isValid(slot, value)) return 'invalid';
  if (slot.confirm === undefined) return 'filled';
  if (slot.which !== undefined && others.length > 0) return 'which';
  const unsure = confidence < program.plan.accept || confusable;
  return slot.confirmWhen === 'always' || unsure ? 'confirm' : 'filled';
}

const isValid = ({ ask }: PlanSlot, value: string): boolean => ask.reads.slot?.matches?.matches(value) ?? true;

/** Of what came along, what was heard and is valid for some form that asks it; the form judges it when its turn comes. */
function acceptable({ program, now }: Draft, offered: Slots, confidence: number): ReadonlyMap<string, HeardValue> {
  const { plan, states } = program;
  if (confidence < plan.reject) return new Map();
  const asking = [...states.values()].flatMap((state) => (state.kind === 'form' ? state.slots : []));
  const facts = factsOf(plan, now.today);
  const taken = new Map<string, HeardValue>();
  for (const [name, said] of Object.entries(offered))
    for (const slot of asking) {
      const reading = slot.name === name ? slot.ask.reads.slot : undefined;
      const heard = reading === undefined || taken.has(name) ? undefined : heardAs(reading, said, facts);
      if (heard !== undefined) taken.set(name, heard);
    }
  return taken;
}

const valuesIn = (heard: ReadonlyMap<string, HeardValue>): Slots =>
  Object.fromEntries([...heard].map(([name, { value }]) => [name, value]));

/**
 * Takes what came along with the choice of an option. It is not read back yet, unless it was known already.
 *
 * @returns whether any of it is new
 */
export function takeAlong(draft: Draft, offered: Slots, confidence: number): boolean {
  const heard = acceptable(draft, offered, confidence);
  const taken = valuesIn(heard);
  const { slots, unread } = frameOf(draft);
  const fresh = [...heard].filter(([name, { value }]) => slots[name] !== value);
  const unjudged = fresh.map(([name, { others, confusable }]): [string, Unread] => [
    name,
    { confidence, others, confusable },
  ]);
  inFrame(draft, { slots: { ...slots, ...taken }, begun: [], unread: { ...unread, ...Object.fromEntries(unjudged) } });
  tellFilled(draft, taken, 'speech');
  return fresh.length > 0;
}

/** Takes several values that correct what was read back. @returns whether any of them is valid and was heard */
export function takeCorrection(draft: Draft): boolean {
  const { event } = draft;
  if (event?.type !== 'several') return false;
  const heard = acceptable(draft, event.slots, event.confidence);
  const taken = valuesIn(heard);
  if (heard.size < Object.keys(event.slots).length) return false;
  settleSlots(draft, taken);
  // of two readings the form asks which is meant
  const unclear = [...heard].filter(([, { others }]) => others.length > 0);
  const unread = unclear.map(([name, { others, confusable }]): [string, Unread] => [
    name,
    { confidence: event.confidence, others, confusable },
  ]);
  inFrame(draft, { unread: { ...frameOf(draft).unread, ...Object.fromEntries(unread) } });
  tellFilled(draft, taken, 'speech');
  return true;
}

/** Fills the slot that was asked. */
export function fill(draft: Draft): void {
  const { event } = draft;
  if (event?.type !== 'fill') return;
  settleSlots(draft, event.slots);
  // of a secret, the count of its digits
  tellFilled(draft, event.secret === undefined ? event.slots : { [event.name]: String(event.secret) }, event.by);
}

/** What waited for a yes has got it. */
export function fillPending(draft: Draft): void {
  const confirmed: Slots = frameOf(draft).pending?.slots ?? {};
  tellFilled(draft, confirmed, 'speech');
  settleSlots(draft, confirmed);
}

/** From now on they are known: nothing of them waits to be judged. */
export function settleSlots(draft: Draft, values: Slots): void {
  const { slots, unread } = frameOf(draft);
  inFrame(draft, { slots: { ...slots, ...values }, begun: [], unread: without(unread, Object.keys(values)) });
  const { kept } = draft.program.plan;
  const forCall = Object.fromEntries(Object.entries(values).filter(([name]) => kept.has(name)));
  remember(draft, { values: { ...draft.now.values, ...forCall } });
  forgetInCallers(draft, Object.keys(forCall));
}

/** What is known of a slot: in its flow, or in the whole call. */
export function knownOf(draft: Draft, { name, secret, keep }: PlanSlot): string | undefined {
  if (secret) return undefined;
  const value = frameOf(draft).slots[name] ?? (keep ? draft.now.values[name] : undefined);
  return value === undefined ? undefined : String(value);
}

/** What was known of a slot is forgotten. */
export function empty(draft: Draft, name: string): void {
  const { slots, unread } = frameOf(draft);
  inFrame(draft, { slots: without(slots, [name]), unread: without(unread, [name]) });
  if (draft.program.plan.kept.has(name)) remember(draft, { values: without(draft.now.values, [name]) });
}

function tellFilled(draft: Draft, filled: Slots, by: 'speech' | 'keys'): void {
  for (const [slot, value] of Object.entries(filled)) report(draft, { type: 'slot-filled', slot, by, value });
}

/** What was heard waits for a yes. */
export function pend(draft: Draft): void {
  const { event } = draft;
  inFrame(draft, {
    pending: {
      option: event !== undefined && 'option' in event ? event.option : null,
      slots: event !== undefined && 'slots' in event ? event.slots : {},
      confidence: event !== undefined && 'confidence' in event ? event.confidence : 1,
    },
  });
}
