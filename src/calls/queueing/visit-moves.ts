import type { TransferOutcome } from '../../domain/call-event.ts';
import type { QueueEvent } from '../../queues/queue-event.ts';
import type { EntryEnd } from '../../queues/queue-fact.ts';
import { REFUSALS, type RefusedBecause } from './refusals.ts';
import type { Announcement, Offered, Place, Visit, VisitContext, VisitEffect, VisitStep } from './visit-state.ts';

/* The moves that several events cause. */

/** A browser that is loaded again is back by then, or the customer is given to somebody else. */
export const AGENT_RETURNS_MS = 20_000;
export const RATING_MS = 10_000;

export const to = (visit: Visit, place: Place, ...effects: VisitEffect[]): VisitStep => [
  { ...visit, place },
  ...effects,
];
export const stay = (visit: Visit, ...effects: VisitEffect[]): VisitStep => [visit, ...effects];

/** Somebody who was called back is in the queue already. */
export const enter = (context: VisitContext, visit: Visit): VisitEffect =>
  context.calledBack === undefined
    ? ask(context, visit)
    : { do: 'tell', event: { type: 'customer-reached', entry: visit.entry, fence: context.calledBack.fence } };

export const ask = (context: VisitContext, visit: Visit): VisitEffect => ({
  do: 'tell',
  event: {
    type: 'customer-asked',
    entry: visit.entry,
    contact: visit.contact,
    queue: visit.queue,
    kind: 'call',
    needs: visit.needs,
    incarnation: context.incarnation,
    ...(context.customer === undefined ? {} : { customer: context.customer }),
    ...(context.behalf ? { consult: true } : {}),
  },
});

export const leftFact = (visit: Visit, because: EntryEnd): VisitEffect => ({
  do: 'note',
  fact: {
    type: 'agent-left',
    entry: visit.entry,
    agent: 'agent' in visit.place ? visit.place.agent : '',
    because,
  },
});

export function accept(visit: Visit, place: Offered): VisitStep {
  if (place.told || place.line === 'gone') return stay(visit);
  if (place.line === 'reaching') return to(visit, { ...place, accepted: true });
  const { agent, fence } = place;
  return to(
    visit,
    { ...place, accepted: true, told: true },
    { do: 'tell', event: { type: 'offer-accepted', entry: visit.entry, agent, fence } },
  );
}

/** The row that follows puts the customer back where they were; when the queues have taken an answer before, it is that of the answer. */
export function refuse(visit: Visit, place: Offered, because: 'declined' | 'unreachable' | 'failed'): VisitStep {
  const { agent, fence } = place;
  return to(
    visit,
    { ...place, line: 'gone' },
    { do: 'tell', event: { type: 'offer-refused', entry: visit.entry, agent, fence, because } },
    { do: 'release' },
  );
}

export const refused = (visit: Visit, because: RefusedBecause): VisitStep =>
  stay(visit, { do: 'refuse', code: 'TRANSFER_REFUSED', because, text: REFUSALS[because] });

/** Told to the journal and to the queues; the way to the agent, and to whom the agent consults, is given up. */
export function endTalk(visit: Visit, because: Extract<QueueEvent, { type: 'talk-ended' }>['because']): VisitEffect[] {
  return [
    { do: 'stop-timer', timer: 'agent-returns' },
    ...('consult' in visit.place && visit.place.consult !== undefined ? [{ do: 'end-consult' } as const] : []),
    { do: 'part' },
    { do: 'tell', event: { type: 'talk-ended', entry: visit.entry, because, ...keepsPlace(visit) } },
    leftFact(visit, because),
    { do: 'release' },
  ];
}

/** Whom the bot verifies comes back. */
const keepsPlace = ({ place }: Visit): { readonly keepsPlace?: true } =>
  place.at === 'talking' && place.verifying === true ? { keepsPlace: true } : {};

export function parting(visit: Visit, what: Announcement, outcome: TransferOutcome): VisitStep {
  return to(
    visit,
    { at: 'parting', outcome },
    { do: 'stop-timer', timer: 'announce' },
    { do: 'say', what, after: 'nothing' },
  );
}

export function finish(visit: Visit, outcome: TransferOutcome, ...before: VisitEffect[]): VisitStep {
  return to(
    visit,
    { at: 'over' },
    ...before,
    { do: 'stop-timer', timer: 'announce' },
    { do: 'stop-timer', timer: 'rating' },
    { do: 'stop-timer', timer: 'verified' },
    { do: 'quiet' },
    { do: 'finish', outcome, to: undefined, ...(visit.booked ? { booked: true } : {}) },
  );
}
