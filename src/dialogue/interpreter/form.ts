import type { PlanSlot, StateOf } from '../dialplan/plan.ts';
import { beginAsking, freshTroubles, listenAt, misunderstood, unanswered } from './asking.ts';
import { type Place, valuesOf } from './conversation.ts';
import { type Draft, frameOf, inFrame, standAt } from './draft.ts';
import { enterState } from './enter-state.ts';
import { fill, fillPending, pend } from './filling.ts';
import { go } from './go.ts';
import { say } from './speaking.ts';

/* A form asks its slots in order, past those that are known. */

type Form = StateOf<'form'>;

const at = ({ id }: Form, { name }: PlanSlot, phase: Place['phase']): Place => ({ state: id, slot: name, phase });

export function beginForm(draft: Draft, form: Form): void {
  const { unless, slots } = form;
  const [first] = slots;
  if (unless !== undefined && valuesOf(draft.now)[unless.known] !== undefined) enterState(draft, unless.to);
  else if (first === undefined) go(draft, form.next);
  else standAt(draft, at(form, first, 'passing'));
}

export function beginSlot(draft: Draft, form: Form, slot: PlanSlot): void {
  const { slots, unread } = frameOf(draft);
  const value = slot.secret ? undefined : slots[slot.name];
  if (value === undefined) beginAsking(draft, slot.ask, at(form, slot, 'asking'));
  else if (slot.confirmWhen === 'always' && unread.includes(slot.name)) readBackUnread(draft, form, slot, value);
  else next(draft, form, slot);
}

export function answerSlot(draft: Draft, form: Form, slot: PlanSlot, confirming: boolean): void {
  const { event } = draft;
  const { confirm } = slot;
  const ask = confirming && confirm !== undefined ? confirm : slot.ask;
  switch (event?.type) {
    case 'fill':
    case 'unsure-fill': {
      const unsure = event.type === 'unsure-fill' || (slot.confirmWhen === 'always' && event.by === 'speech');
      if (confirming) return;
      if (unsure && confirm !== undefined) {
        readBack(draft, form, slot);
        return;
      }
      fill(draft);
      next(draft, form, slot);
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

/** What was said along with something else is read back before it counts, like what was said here. */
function readBackUnread(draft: Draft, form: Form, slot: PlanSlot, value: string): void {
  freshTroubles(draft);
  const { slots, unread } = frameOf(draft);
  inFrame(draft, {
    slots: Object.fromEntries(Object.entries(slots).filter(([name]) => name !== slot.name)),
    unread: unread.filter((name) => name !== slot.name),
    pending: { option: null, slots: { [slot.name]: value } },
  });
  sayReadBack(draft, form, slot);
}

function sayReadBack(draft: Draft, form: Form, slot: PlanSlot): void {
  if (slot.confirm === undefined) return;
  say(draft, slot.confirm.bargeIn, [slot.confirm.say]);
  listenAt(draft, slot.confirm, at(form, slot, 'confirming'));
}
