import type { PlanSlot, StateOf } from '../dialplan/plan.ts';
import { evaluate, holds } from '../expression/evaluate.ts';
import { beginAsking, freshTroubles, listenAt, misunderstood, unanswered } from './asking.ts';
import { type Place, type Unread, valuesOf } from './conversation.ts';
import { type Draft, frameOf, inFrame, standAt } from './draft.ts';
import { enterState } from './enter-state.ts';
import { empty, fill, fillPending, judge, knownOf, pend, settleSlots, takeAlong } from './filling.ts';
import { go } from './go.ts';
import type { HeardValue } from './readings.ts';
import { say, sayOnce } from './speaking.ts';
import type { Understood } from './understood.ts';

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
  else offerUnread(draft, form, slot, { value, unread: heard });
}

/** @param phase - the value itself, whether it is right, or which of two readings is meant */
export function answerSlot(draft: Draft, form: Form, slot: PlanSlot, phase: Place['phase']): void {
  const { event } = draft;
  const { confirm, which } = slot;
  const confirming = phase !== 'asking';
  const ask = (phase === 'confirming' ? confirm : phase === 'choosing' ? which : undefined) ?? slot.ask;
  switch (event?.type) {
    case 'fill': {
      if (confirming) return;
      // what was keyed was seen to be valid, and is meant; but not what may be two numbers
      if ((event.by === 'keys' && event.heard === undefined) || !asksBack(draft, form, slot, event)) {
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
    case 'pick':
      if (phase === 'choosing') pickReading(draft, form, slot, event.place);
      return;
    case 'correct':
      // what was said instead is read back, but for the question of two readings, which it answers
      if (phase === 'choosing' && !asksBack(draft, form, slot, event)) {
        pend(draft);
        fillPending(draft);
        next(draft, form, slot);
      } else if (phase === 'confirming' && !asksWhich(draft, form, slot, event))
        readBack(draft, form, slot, event.heard);
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

type Answer = Extract<Understood, { readonly type: 'fill' | 'correct' }>;
const SURE: Unread = { confidence: 1, others: [], confusable: false };
const unreadOf = ({ confidence, heard }: Answer): Unread => ({ ...SURE, ...heard, confidence });

/** @returns whether the caller is asked about the value before it is taken */
function asksBack(draft: Draft, form: Form, slot: PlanSlot, answer: Answer): boolean {
  switch (judge(draft.program, slot, answer.slots[slot.name] ?? '', unreadOf(answer))) {
    case 'which':
      return asksWhich(draft, form, slot, answer);
    case 'confirm':
      readBack(draft, form, slot, answer.heard);
      return true;
    default:
      return false;
  }
}

/** Two readings of what was said: which is meant. */
function asksWhich(draft: Draft, form: Form, slot: PlanSlot, { heard, slots, confidence }: Answer): boolean {
  const [other] = heard?.others ?? [];
  if (slot.which === undefined || other === undefined) return false;
  inFrame(draft, { recent: [], pending: { option: null, slots, confidence, other } });
  sayWhich(draft, form, slot);
  return true;
}

function sayWhich(draft: Draft, form: Form, slot: PlanSlot): void {
  if (slot.which === undefined) return;
  say(draft, slot.which.bargeIn, [draft.now.keysOnly ? (slot.which.keysSay ?? slot.which.say) : slot.which.say]);
  listenAt(draft, slot.which, at(form, slot, 'choosing'));
}

/** The reading that the caller meant; where the dialplan wants every value read back, that is done by the question. */
function pickReading(draft: Draft, form: Form, slot: PlanSlot, place: number): void {
  const { pending } = frameOf(draft);
  const value = place === 2 ? pending?.other : pending?.slots[slot.name];
  if (pending === null || value === undefined) return;
  inFrame(draft, { pending: { ...pending, slots: { [slot.name]: value } } });
  fillPending(draft);
  next(draft, form, slot);
}

function readBack(draft: Draft, form: Form, slot: PlanSlot, heard: HeardValue | undefined): void {
  pend(draft);
  inFrame(draft, { recent: [], troubles: { ...frameOf(draft).troubles, noInputs: 0 } });
  sayReadBack(draft, form, slot, heard?.confusable === true);
}

/** What was said along with something else is judged like what was said here. */
function offerUnread(
  draft: Draft,
  form: Form,
  slot: PlanSlot,
  { value, unread }: { readonly value: string; readonly unread: Unread },
): void {
  const { name, ask } = slot;
  const { confidence, confusable } = unread;
  switch (judge(draft.program, slot, value, unread)) {
    case 'invalid':
      empty(draft, name);
      sayOnce(draft, ask.bargeIn, ask.invalid === undefined ? [] : [ask.invalid]);
      beginAsking(draft, ask, at(form, slot, 'asking'));
      return;
    case 'which':
      freshTroubles(draft);
      empty(draft, name);
      inFrame(draft, {
        pending: { option: null, slots: { [name]: value }, confidence, other: unread.others[0] ?? value },
      });
      sayWhich(draft, form, slot);
      return;
    case 'confirm':
      freshTroubles(draft);
      empty(draft, name);
      inFrame(draft, { pending: { option: null, slots: { [name]: value }, confidence } });
      sayReadBack(draft, form, slot, confusable);
      return;
    case 'filled':
      settleSlots(draft, { [name]: value });
      next(draft, form, slot);
  }
}

/** @param figures - in figures, too: it is easily taken for another value */
function sayReadBack(draft: Draft, form: Form, slot: PlanSlot, figures: boolean): void {
  if (slot.confirm === undefined) return;
  say(draft, slot.confirm.bargeIn, [(figures ? slot.inFigures : undefined) ?? slot.confirm.say]);
  listenAt(draft, slot.confirm, at(form, slot, 'confirming'));
}
