import type { EntryId } from '../../queues/queue-fact.ts';
import { ask, endTalk, refused as cannot, stay, to } from './visit-moves.ts';
import type { Talking, Visit, VisitContext, VisitEffect, VisitStep } from './visit-state.ts';

/*
 * The bot verifies the customer again, by the dialplan, while the agent waits, or has gone on to others. With the dialplan's next transfer the
 * customer is back: with the agent who waits, or else in the queue, with the place that they had.
 */

/** Whoever waits longer for the bot has the customer back. */
const VERIFIED_WITHIN_MS = 180_000;

export function verify(context: VisitContext, visit: Visit, place: Talking): VisitStep {
  if (!context.canVerify) return cannot(visit, 'no-verification');
  if (place.away) return cannot(visit, 'not-heard');
  const { entry } = visit;
  return to(
    visit,
    { ...place, held: true, verifying: true },
    ...(place.held ? [] : [{ do: 'part' } as const, { do: 'tell', event: { type: 'talk-held', entry } } as const]),
    { do: 'quiet' },
    { do: 'note', fact: { type: 'verification-began', entry, agent: place.agent } },
    { do: 'start-timer', timer: 'verified', ms: VERIFIED_WITHIN_MS },
    { do: 'lend' },
    { do: 'show' },
  );
}

/** The agent does not wait any longer: the bot finishes, and the customer is offered to whom it is their turn for, that agent before others. */
export const leaveVerifying = (visit: Visit, place: Talking, because: 'returned-to-bot' | 'agent-lost'): VisitStep =>
  to(visit, { at: 'lent', agent: place.agent }, { do: 'stop-timer', timer: 'verified' }, ...endTalk(visit, because));

/** The agent wants the customer back at once. */
export const takeBack = (visit: Visit, place: Talking): VisitStep =>
  place.verifying === true
    ? stay(visit, { do: 'take-back' })
    : stay(visit, { do: 'refuse', code: 'NO_TALK', text: 'the bot does not verify the customer' });

/** The dialplan has asked for a person again, or the agent has taken the customer back. @param entry - should the agent have gone */
export function botCameBack(context: VisitContext, visit: Visit, entry: EntryId): VisitStep {
  const { place } = visit;
  const ended: VisitEffect = {
    do: 'note',
    fact: {
      type: 'verification-ended',
      entry: visit.entry,
      outcome: context.verified() ? 'verified' : 'not-verified',
    },
  };
  if (place.at === 'lent') {
    const next: Visit = {
      ...visit,
      entry,
      needs: { ...visit.needs, last_agent: place.agent },
      place: { at: 'asking' },
      askedAt: context.at,
      stranded: 0,
    };
    return [next, ended, { do: 'music' }, ask(context, next)];
  }
  if (place.at !== 'talking' || place.verifying !== true) return stay(visit);
  const { verifying: _, ...rest } = place;
  return to(
    visit,
    { ...rest, held: false },
    { do: 'stop-timer', timer: 'verified' },
    ended,
    ...(place.away ? [{ do: 'music' } as const] : [{ do: 'join' } as const]),
    { do: 'tell', event: { type: 'talk-resumed', entry: visit.entry } },
    { do: 'show' },
  );
}
