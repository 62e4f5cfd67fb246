import type { EntryId, QueueRow } from '../../queues/queue-fact.ts';
import { commanded } from './visit-commands.ts';
import {
  accept,
  AGENT_RETURNS_MS,
  ask,
  endTalk,
  finish,
  leftFact,
  parting,
  RATING_MS,
  refuse,
  stay,
  to,
} from './visit-moves.ts';
import type { Visit, VisitContext, VisitEffect, VisitEvent, VisitStep } from './visit-state.ts';
import { announce, refused } from './visit-waiting.ts';

const ACCEPT_KEY = '1';
const DECLINE_KEY = '2';

/** Total: an event that means nothing in a place leaves the visit as it was. */
export function step(context: VisitContext, visit: Visit, event: VisitEvent): VisitStep {
  const { place } = visit;
  if (place.at === 'over') return stay(visit);
  switch (event.type) {
    case 'began':
      return place.at === 'asking' ? stay(visit, { do: 'music' }, ask(context, visit)) : stay(visit);
    case 'row':
      return rowCame(context, visit, event.row, event.next);
    case 'not-written':
      return place.at === 'asking' ? parting(visit, { say: 'not-written' }, 'failed') : stay(visit);
    case 'customer-left':
      return customerLeft(visit);
    case 'heard':
      if (place.at === 'rating') return stay(visit, { do: 'start-timer', timer: 'rating', ms: RATING_MS });
      return place.at === 'parting' ? finish(visit, place.outcome) : stay(visit);
    case 'customer-key':
      return place.at === 'rating' ? rated(context, visit, place.agent, event.key) : stay(visit);
    case 'timer':
      return timer(context, visit, event);
    case 'commanded':
      return commanded(context, visit, event.command, event.next);
    default:
      return place.at === 'offered' || place.at === 'talking' ? lineDid(context, visit, event) : stay(visit);
  }
}

/** @param next - of the entry, should there be another one */
function rowCame(context: VisitContext, visit: Visit, row: QueueRow, next: EntryId): VisitStep {
  const { place } = visit;
  if (row.type === 'entry-refused') {
    if (place.at !== 'asking') return stay(visit);
    return refused(visit, row);
  }
  if (!('entry' in row) || row.entry !== visit.entry) return stay(visit);
  switch (row.type) {
    case 'entry-joined':
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
        { do: 'start-timer', timer: 'announce', ms: 1_000 },
      );
    case 'entry-moved':
      return stay(
        { ...visit, queue: row.queue },
        { do: 'note', fact: { type: 'queue-moved', entry: row.entry, queue: row.queue } },
      );
    case 'entry-offered': {
      const { agent, fence, until } = row;
      if (place.at !== 'waiting' && place.at !== 'asking') return stay(visit);
      return to(
        visit,
        { at: 'offered', agent, fence, line: 'reaching', accepted: false, told: false },
        { do: 'reach', agent, fence, until },
      );
    }
    case 'offer-ended':
      if (place.at !== 'offered' || place.fence !== row.fence) return stay(visit);
      return to(
        visit,
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

/** By somebody else than us: the node was taken for gone, or a supervisor ended it. */
function ended(visit: Visit, row: Extract<QueueRow, { type: 'entry-ended' }>): VisitStep {
  const { place } = visit;
  switch (place.at) {
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
    case 'parting':
    case 'rating':
      return finish(visit, 'caller-hung-up');
    case 'talking':
      return finish(visit, 'caller-hung-up', left, leftFact(visit, 'customer-hung-up'), { do: 'release' });
    default:
      return finish(visit, 'caller-hung-up', left, { do: 'release' });
  }
}

type LineEvent = Exclude<
  VisitEvent,
  {
    readonly type: 'began' | 'row' | 'not-written' | 'customer-left' | 'heard' | 'customer-key' | 'timer' | 'commanded';
  }
>;

function lineDid(context: VisitContext, visit: Visit, event: LineEvent): VisitStep {
  const { place } = visit;
  if (place.at !== 'offered' && place.at !== 'talking') return stay(visit);
  if (place.fence !== event.fence) return stay(visit);
  if (place.at === 'talking') return talkLineDid(visit, event);
  if (place.line === 'gone') return stay(visit);
  switch (event.type) {
    case 'line-ready':
      if (place.line !== 'reaching') return stay(visit);
      if (place.accepted) return accept(visit, { ...place, line: 'ready' });
      if (!event.whispers) return to(visit, { ...place, line: 'ready' });
      return to(visit, { ...place, line: 'briefed' }, { do: 'brief' });
    case 'agent-key':
      if (place.line !== 'briefed' || place.told) return stay(visit);
      if (event.key === ACCEPT_KEY) return accept(visit, place);
      return event.key === DECLINE_KEY ? refuse(visit, place, 'declined') : stay(visit);
    case 'line-failed':
      // whoever does not answer is told by the lease: the queue's own time decides
      return event.because === 'no-answer'
        ? to(visit, { ...place, line: 'gone' }, { do: 'release' })
        : refuse(visit, place, event.because);
    case 'line-ended':
      return refuse(visit, place, event.because === 'left' ? 'declined' : 'failed');
    case 'line-away':
      return refuse(visit, place, 'unreachable');
    default:
      return stay(visit);
  }
}

function talkLineDid(visit: Visit, event: LineEvent): VisitStep {
  const { place } = visit;
  if (place.at !== 'talking') return stay(visit);
  switch (event.type) {
    case 'line-ended':
      if (event.because === 'lost') return away(visit);
      return finish(visit, 'completed', ...endTalk(visit, 'agent-hung-up'));
    case 'line-away':
      return away(visit);
    case 'line-back':
      if (!place.away) return stay(visit);
      return to(
        visit,
        { ...place, away: false },
        { do: 'stop-timer', timer: 'agent-returns' },
        ...(place.held ? [] : [{ do: 'quiet' } as const, { do: 'join' } as const]),
        { do: 'show' },
      );
    default:
      return stay(visit);
  }
}

function away(visit: Visit): VisitStep {
  const { place } = visit;
  if (place.at !== 'talking' || place.away) return stay(visit);
  return to(
    visit,
    { ...place, away: true },
    { do: 'part' },
    { do: 'music' },
    { do: 'start-timer', timer: 'agent-returns', ms: AGENT_RETURNS_MS },
    { do: 'show' },
  );
}

function timer(context: VisitContext, visit: Visit, event: Extract<VisitEvent, { type: 'timer' }>): VisitStep {
  const { place } = visit;
  switch (event.timer) {
    case 'announce':
      return place.at === 'waiting' || place.at === 'offered' ? announce(context, visit) : stay(visit);
    case 'agent-returns':
      return place.at === 'talking' && place.away ? anotherAgent(context, visit, event.next) : stay(visit);
    case 'rating':
      return place.at === 'rating' ? finish(visit, 'completed') : stay(visit);
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
