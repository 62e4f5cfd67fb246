import { canBeLeft, handOver } from './visit-consult.ts';
import { accept, AGENT_RETURNS_MS, endTalk, finish, refuse, stay, to } from './visit-moves.ts';
import { leaveVerifying } from './visit-verification.ts';
import type { Visit, VisitEvent, VisitStep } from './visit-state.ts';

/* What the way to the agent does: who is offered the customer, or talks to them. */

const ACCEPT_KEY = '1';
const DECLINE_KEY = '2';

type LineEvent = Exclude<
  VisitEvent,
  {
    readonly type:
      | 'began'
      | 'row'
      | 'not-written'
      | 'not-booked'
      | 'customer-left'
      | 'called-off'
      | 'consulted-answered'
      | 'consult-over'
      | 'bot-came-back'
      | 'heard'
      | 'customer-key'
      | 'timer'
      | 'commanded';
  }
>;

export function lineDid(visit: Visit, event: LineEvent): VisitStep {
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
      if (canBeLeft(place)) return handOver(visit);
      if (place.verifying === true) return leaveVerifying(visit, place, 'returned-to-bot');
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
    // a customer who talks to somebody else as well, or to the bot, goes on with them
    ...(place.consult?.state === 'joined' || place.verifying === true
      ? []
      : [{ do: 'part' } as const, { do: 'music' } as const]),
    { do: 'start-timer', timer: 'agent-returns', ms: AGENT_RETURNS_MS },
    { do: 'show' },
  );
}
