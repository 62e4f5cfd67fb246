import type { EntryId, QueueRow } from '../../queues/queue-fact.ts';
import { commanded } from './visit-commands.ts';
import { canBeLeft, consultDid, handOver } from './visit-consult.ts';
import { lineDid } from './visit-line.ts';
import {
  bookingKeyed,
  bookingLeft,
  bookingOffered,
  bookingWaited,
  isBooked,
  notBooked,
  offerInstead,
  wantsCallback,
} from './visit-callback.ts';
import { ask, endTalk, enter, finish, leftFact, parting, RATING_MS, stay, to } from './visit-moves.ts';
import { botCameBack, leaveVerifying } from './visit-verification.ts';
import type { Visit, VisitContext, VisitEffect, VisitEvent, VisitStep } from './visit-state.ts';
import { announce, ANNOUNCE_SOON_MS, refused } from './visit-waiting.ts';

/** An agent is expected for who was called back: they hear where they stand only when that takes longer. */
const CALLED_BACK_ANNOUNCE_MS = 10_000;

/** Total: an event that means nothing in a place leaves the visit as it was. */
export function step(context: VisitContext, visit: Visit, event: VisitEvent): VisitStep {
  const { place } = visit;
  if (place.at === 'over') return stay(visit);
  switch (event.type) {
    case 'began':
      return place.at === 'asking' ? stay(visit, { do: 'music' }, enter(context, visit)) : stay(visit);
    case 'row':
      return rowCame(context, visit, event.row, event.next);
    case 'not-written':
      return place.at === 'asking' ? parting(visit, { say: 'not-written' }, 'failed') : stay(visit);
    case 'customer-left':
      return customerLeft(visit);
    case 'called-off':
      return calledOff(visit);
    case 'consulted-answered':
    case 'consult-over':
      return place.at === 'talking' ? consultDid(visit, place, event) : stay(visit);
    case 'not-booked':
      return place.at === 'booking' && place.stage === 'keeping' ? notBooked(visit, place) : stay(visit);
    case 'heard':
      if (place.at === 'booking') return bookingWaited(context, visit, place, event);
      if (place.at === 'rating') return stay(visit, { do: 'start-timer', timer: 'rating', ms: RATING_MS });
      return place.at === 'parting' ? finish(visit, place.outcome) : stay(visit);
    case 'bot-came-back':
      return botCameBack(context, visit, event.next);
    case 'customer-key':
      return keyed(context, visit, event.key);
    case 'timer':
      return timer(context, visit, event);
    case 'commanded':
      return commanded(context, visit, event.command, event.next);
    default:
      return place.at === 'offered' || place.at === 'talking' ? lineDid(visit, event) : stay(visit);
  }
}

function keyed(context: VisitContext, visit: Visit, key: string): VisitStep {
  const { place } = visit;
  switch (place.at) {
    case 'rating':
      return rated(context, visit, place.agent, key);
    case 'booking':
      return bookingKeyed(context, visit, place, key);
    case 'waiting':
      return visit.callbackOffered && key === '1' ? wantsCallback(context, visit) : stay(visit);
    default:
      return stay(visit);
  }
}

/** @param next - of the entry, should there be another one */
function rowCame(context: VisitContext, visit: Visit, row: QueueRow, next: EntryId): VisitStep {
  const { place } = visit;
  if (row.type === 'entry-refused') return notLetIn(context, visit, row);
  if (!('entry' in row) || row.entry !== visit.entry) return stay(visit);
  switch (row.type) {
    case 'entry-joined':
      if (row.kind === 'callback') return place.at === 'booking' ? isBooked(visit, 'booked') : stay(visit);
      if (place.at !== 'asking') return stay(visit);
      return to(
        { ...visit, queue: row.queue },
        { at: 'waiting' },
        {
          do: 'note',
          fact: {
            type: 'queue-entered',
            entry: row.entry,
            queue: row.queue,
            returned: row.returned_from !== undefined,
          },
        },
        { do: 'start-timer', timer: 'announce', ms: ANNOUNCE_SOON_MS },
      );
    case 'callback-reached':
      return place.at === 'asking' ? calledBack(visit) : stay(visit);
    case 'entry-became-callback':
      return place.at === 'booking' || place.at === 'waiting' ? isBooked(visit, 'booked') : stay(visit);
    case 'entry-moved':
      return stay(
        { ...visit, queue: row.queue },
        { do: 'note', fact: { type: 'queue-moved', entry: row.entry, queue: row.queue } },
      );
    case 'entry-offered': {
      const { agent, fence, until } = row;
      if (place.at !== 'waiting' && place.at !== 'asking' && place.at !== 'booking') return stay(visit);
      const next: Visit = {
        ...visit,
        place: { at: 'offered', agent, fence, line: 'reaching', accepted: false, told: false },
      };
      const reach: VisitEffect = { do: 'reach', agent, fence, until };
      return place.at === 'booking' ? bookingOffered(next, place, reach) : stay(next, reach);
    }
    case 'offer-ended':
      if (place.at !== 'offered' || place.fence !== row.fence) return stay(visit);
      return to(
        { ...visit, missed: true },
        { at: 'waiting' },
        { do: 'release' },
        { do: 'note', fact: { type: 'agent-missed', entry: row.entry, agent: row.agent, because: row.because } },
      );
    case 'entry-answered':
      return answered(context, visit, row, next);
    case 'entry-ended':
      return ended(visit, row);
    default:
      return stay(visit);
  }
}

function answered(
  context: VisitContext,
  visit: Visit,
  row: Extract<QueueRow, { type: 'entry-answered' }>,
  entry: EntryId,
): VisitStep {
  const { place } = visit;
  if (place.at !== 'offered' || place.fence !== row.fence) return stay(visit);
  const { agent, fence } = place;
  const talking: Visit = {
    ...visit,
    answered: true,
    place: { at: 'talking', agent, fence, since: row.at, held: false, away: false },
  };
  const told: readonly VisitEffect[] = [
    { do: 'stop-timer', timer: 'announce' },
    {
      do: 'note',
      fact: {
        type: 'agent-answered',
        agent,
        queue: visit.queue,
        entry: visit.entry,
        waited_ms: Math.max(0, row.at - visit.askedAt),
        ...(context.agentLeg === undefined ? {} : { leg: context.agentLeg }),
      },
    },
  ];
  // whoever answered has gone before that was written: there is nobody to be joined with
  if (place.line === 'gone') return anotherAgent(context, talking, entry, ...told);
  return [talking, { do: 'quiet' }, { do: 'join' }, ...told, { do: 'show' }];
}

/** The agent is lost: the customer waits for another one, in the same place. */
function anotherAgent(context: VisitContext, visit: Visit, entry: EntryId, ...before: VisitEffect[]): VisitStep {
  const next: Visit = { ...visit, entry, place: { at: 'asking' }, askedAt: context.at, stranded: 0 };
  return [
    next,
    ...before,
    ...endTalk(visit, 'agent-lost'),
    { do: 'say', what: { say: 'another-agent' }, after: 'music' },
    ask(context, next),
  ];
}

function calledBack(visit: Visit): VisitStep {
  const { entry, queue } = visit;
  return to(
    visit,
    { at: 'waiting' },
    { do: 'note', fact: { type: 'queue-entered', entry, queue, returned: true } },
    { do: 'start-timer', timer: 'announce', ms: CALLED_BACK_ANNOUNCE_MS },
  );
}

function notLetIn(context: VisitContext, visit: Visit, row: Extract<QueueRow, { type: 'entry-refused' }>): VisitStep {
  const { place } = visit;
  const { queue, because } = row;
  if (place.at === 'booking')
    return because === 'callback-pending' ? isBooked(visit, 'pending') : notBooked(visit, place);
  if (place.at !== 'asking' || because === 'callback-pending') return stay(visit);
  if (!context.offersCallback(because)) return refused(visit, { queue, because });
  return offerInstead(visit, because, { do: 'note', fact: { type: 'queue-refused', queue, because } });
}

/** By somebody else than us: the node was taken for gone, or a supervisor ended it. */
function ended(visit: Visit, row: Extract<QueueRow, { type: 'entry-ended' }>): VisitStep {
  const { place } = visit;
  switch (place.at) {
    case 'booking':
      // their number is to be called already
      if (row.because === 'merged') return isBooked(visit, 'pending');
      return place.refused === undefined
        ? finish(visit, 'failed', { do: 'stop-timer', timer: 'booking' })
        : stay(visit);
    case 'asking':
    case 'waiting':
    case 'offered':
      return finish(visit, row.because === 'returned-to-bot' ? 'no-answer' : 'failed', { do: 'release' });
    default:
      return stay(visit); // a conversation goes on, whatever the queues believe
  }
}

function customerLeft(visit: Visit): VisitStep {
  const { place } = visit;
  const left: VisitEffect = { do: 'tell', event: { type: 'customer-left', entry: visit.entry, because: 'hung-up' } };
  switch (place.at) {
    case 'booking':
      return bookingLeft(visit, place);
    case 'parting':
    case 'rating':
    case 'lent':
      return finish(visit, 'caller-hung-up');
    case 'talking':
      return finish(
        visit,
        'caller-hung-up',
        ...(place.consult === undefined ? [] : [{ do: 'end-consult' } as const]),
        left,
        leftFact(visit, 'customer-hung-up'),
        { do: 'release' },
      );
    default:
      return finish(visit, 'caller-hung-up', left, { do: 'release' });
  }
}

/** The agent who consults does not want it any more: nobody has given up, and who was consulted has done their part. */
function calledOff(visit: Visit): VisitStep {
  const { entry, place } = visit;
  if (place.at === 'talking') return finish(visit, 'completed', ...endTalk(visit, 'completed'));
  if (place.at === 'parting' || place.at === 'rating' || place.at === 'lent') return finish(visit, 'caller-hung-up');
  const left: VisitEffect = { do: 'tell', event: { type: 'customer-left', entry, because: 'cancelled' } };
  return finish(visit, 'caller-hung-up', left, { do: 'release' });
}

function timer(context: VisitContext, visit: Visit, event: Extract<VisitEvent, { type: 'timer' }>): VisitStep {
  const { place } = visit;
  switch (event.timer) {
    case 'announce':
      return place.at === 'waiting' || place.at === 'offered' ? announce(context, visit) : stay(visit);
    case 'agent-returns':
      if (place.at !== 'talking' || !place.away) return stay(visit);
      // whoever consults is told, and decides; nobody else comes unasked
      if (context.behalf) return finish(visit, 'failed', ...endTalk(visit, 'agent-lost'));
      if (place.verifying === true) return leaveVerifying(visit, place, 'agent-lost');
      return canBeLeft(place) ? handOver(visit) : anotherAgent(context, visit, event.next);
    case 'rating':
      return place.at === 'rating' ? finish(visit, 'completed') : stay(visit);
    case 'verified':
      return place.at === 'talking' && place.verifying === true ? stay(visit, { do: 'take-back' }) : stay(visit);
    case 'booking':
      return place.at === 'booking' ? bookingWaited(context, visit, place, event) : stay(visit);
  }
}

function rated(context: VisitContext, visit: Visit, agent: string, key: string): VisitStep {
  if (!/^[1-5]$/.test(key)) return stay(visit);
  const score = Number(key);
  const { contact, queue } = visit;
  const { flow, flowVersion } = context;
  const [next, ...effects] = parting(visit, { say: 'rated' }, 'completed');
  return [
    next,
    { do: 'stop-timer', timer: 'rating' },
    { do: 'tell', event: { type: 'satisfaction-given', contact, queue, agent, flow, flowVersion, score } },
    { do: 'note', fact: { type: 'satisfaction-given', agent, queue, score } },
    ...effects,
  ];
}
