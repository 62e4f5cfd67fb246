import type { PlanSlot, StateOf } from '../dialplan/plan.ts';
import { evaluate, holds } from '../expression/evaluate.ts';
import { beginAsking, freshTroubles, listenAt, misunderstood, unanswered } from './asking.ts';
import { type Place, valuesOf } from './conversation.ts';
import { type Draft, frameOf, inFrame, standAt } from './draft.ts';
import { enterState } from './enter-state.ts';
import { empty, fill, fillPending, judge, knownOf, pend, settleSlots, takeAlong } from './filling.ts';
import { go } from './go.ts';
import { say, sayOnce } from './speaking.ts';

/* A form asks its slots in order, past those that are known. */

type Form = StateOf<'form'>;

const at = ({ id }: Form, { name }: PlanSlot, phase: Place['phase']): Place => ({ state: id, slot: name, phase });

/** It is passed by `unless` only when nothing that it would ask waits to be judged. */
export function beginForm(draft: Draft, form: Form): void {
  const { unless, slots } = form;
  const [first] = slots;
  const { unread } = frameOf(draft);
  const judges = slots.some(({ name }) => Object.hasOwn(unread, name));
  if (unless !== undefined && !judges && valuesOf(draft.now)[unless.known] !== undefined) enterState(draft, unless.to);
  else if (first === undefined) go(draft, form.next);
  else standAt(draft, at(form, first, 'passing'));
}

export function beginSlot(draft: Draft, form: Form, slot: PlanSlot): void {
  const { unread } = frameOf(draft);
  const values = valuesOf(draft.now);
  if (slot.when !== undefined && !holds(slot.when, values)) {
    next(draft, form, slot);
    return;
  }
  const known = knownOf(draft, slot);
  const given = known === undefined && slot.default !== undefined ? evaluate(slot.default, values) : undefined;
  if (given !== undefined) settleSlots(draft, { [slot.name]: String(given) });
  const value = known ?? (given === undefined ? undefined : String(given));
  const heard = unread[slot.name];
  if (value === undefined) beginAsking(draft, slot.ask, at(form, slot, 'asking'));
  else if (heard === undefined) next(draft, form, slot);
  else offerUnread(draft, form, slot, { value, confidence: heard });
}

export function answerSlot(draft: Draft, form: Form, slot: PlanSlot, confirming: boolean): void {
  const { event } = draft;
  const { confirm } = slot;
  const ask = confirming && confirm !== undefined ? confirm : slot.ask;
  switch (event?.type) {
    case 'fill': {
      if (confirming) return;
      // what was keyed was seen to be valid, and is meant
      const verdict =
        event.by === 'keys' ? 'filled' : judge(draft.program, slot, event.slots[slot.name] ?? '', event.confidence);
      if (verdict === 'confirm') readBack(draft, form, slot);
      else {
        fill(draft);
        next(draft, form, slot);
      }
      return;
    }
    case 'several': {
      if (confirming) return;
      const [first] = form.slots;
      // each is judged when its turn comes, and what was not among them is asked; without anything new it would be asked for ever
      if (first !== undefined && takeAlong(draft, event.slots, event.confidence))
        standAt(draft, at(form, first, 'passing'));
      else misunderstood(draft, ask, { ask, at: at(form, slot, 'asking') });
      return;
    }
    case 'yes':
      if (!confirming) return;
      fillPending(draft);
      next(draft, form, slot);
      return;
    case 'no':
      if (confirming) misunderstood(draft, ask, { ask: slot.ask, at: at(form, slot, 'asking') });
      return;
    case 'correct':
      if (confirming) readBack(draft, form, slot);
      return;
    default:
      unanswered(draft, ask);
  }
}

function next(draft: Draft, form: Form, slot: PlanSlot): void {
  const following = form.slots[form.slots.indexOf(slot) + 1];
  if (following === undefined) go(draft, form.next);
  else standAt(draft, at(form, following, 'passing'));
}

function readBack(draft: Draft, form: Form, slot: PlanSlot): void {
  pend(draft);
  inFrame(draft, { recent: [], troubles: { ...frameOf(draft).troubles, noInputs: 0 } });
  sayReadBack(draft, form, slot);
}

/** What was said along with something else is judged like what was said here. */
function offerUnread(
  draft: Draft,
  form: Form,
  slot: PlanSlot,
  { value, confidence }: { readonly value: string; readonly confidence: number },
): void {
  const { name, ask } = slot;
  switch (judge(draft.program, slot, value, confidence)) {
    case 'invalid':
      empty(draft, name);
      sayOnce(draft, ask.bargeIn, ask.invalid === undefined ? [] : [ask.invalid]);
      beginAsking(draft, ask, at(form, slot, 'asking'));
      return;
    case 'confirm':
      freshTroubles(draft);
      empty(draft, name);
      inFrame(draft, { pending: { option: null, slots: { [name]: value }, confidence } });
      sayReadBack(draft, form, slot);
      return;
    case 'filled':
      settleSlots(draft, { [name]: value });
      next(draft, form, slot);
  }
}

function sayReadBack(draft: Draft, form: Form, slot: PlanSlot): void {
  if (slot.confirm === undefined) return;
  say(draft, slot.confirm.bargeIn, [slot.confirm.say]);
  listenAt(draft, slot.confirm, at(form, slot, 'confirming'));
}
