import type { TransferTarget } from '../../agents/agent-desk.ts';
import type { TalkState } from '../../agents/attended-entry.ts';
import { maskNumber } from '../../domain/secret.ts';
import { wallMs } from '../../domain/units.ts';
import { finish, endTalk, refused as cannot, stay, to } from './visit-moves.ts';
import type { Consult, Talking, Visit, VisitContext, VisitEffect, VisitEvent, VisitStep } from './visit-state.ts';

/*
 * Consultation: the agent calls somebody in while the customer hears music, talks to them alone, then as three; then the agent leaves the two
 * alone (attended transfer), or goes back to the customer.
 */

const consulting = (place: Talking, consult: Consult, held: boolean): Talking => ({ ...place, consult, held });

function without(place: Talking, held: boolean): Talking {
  const { consult: _, ...rest } = place;
  return { ...rest, held };
}

const noConsult = (visit: Visit, text: string): VisitStep => stay(visit, { do: 'refuse', code: 'NO_CONSULT', text });

const onHold = (visit: Visit, place: Talking): readonly VisitEffect[] =>
  place.held ? [] : [{ do: 'part' }, { do: 'music' }, { do: 'tell', event: { type: 'talk-held', entry: visit.entry } }];

const resumed = (visit: Visit): VisitEffect => ({ do: 'tell', event: { type: 'talk-resumed', entry: visit.entry } });

/** The customer hears nobody any more: they talked to who was consulted while the agent was away. */
const leftAlone = (place: Talking): readonly VisitEffect[] =>
  place.away && !place.held ? [{ do: 'part' }, { do: 'music' }] : [];

/** As the desk shows it. */
export const talkOf = (place: Talking, canVerify: boolean): Omit<TalkState, 'pausedUntil'> => ({
  since: wallMs(place.since),
  held: place.held,
  verification: place.verifying === true ? 'under-way' : canVerify ? 'possible' : 'none',
  others: othersOf(place),
});

const othersOf = ({ consult: now }: Talking): TalkState['others'] =>
  now === undefined ? [] : [{ to: nameOf(now.to), state: now.state }];

const nameOf = (to: TransferTarget): string =>
  'queue' in to ? to.queue : 'agent' in to ? to.agent : maskNumber(to.number);

export function consult(context: VisitContext, visit: Visit, place: Talking, target: TransferTarget): VisitStep {
  if (place.consult !== undefined) return cannot(visit, 'consulting');
  if (place.away) return cannot(visit, 'not-heard');
  const refusal = context.consultRefusal ?? context.refusalOf(target);
  if (refusal !== undefined) return cannot(visit, refusal);
  const n = visit.consults + 1;
  return to(
    { ...visit, consults: n },
    consulting(place, { n, to: target, state: 'ringing' }, true),
    ...onHold(visit, place),
    { do: 'consult', to: target, n },
    { do: 'show' },
  );
}

/** All three talk. */
export function conference(visit: Visit, place: Talking): VisitStep {
  const { consult: now } = place;
  if (now === undefined) return noConsult(visit, 'nobody is being consulted');
  if (now.state === 'joined') return stay(visit);
  if (now.state === 'ringing') return noConsult(visit, 'who is consulted has not answered yet');
  const joined = consulting(place, { ...now, state: 'joined' }, false);
  // also while the agent is away: the customer goes on with who was consulted
  return to(visit, joined, { do: 'quiet' }, { do: 'join' }, resumed(visit), { do: 'show' });
}

/** The agent goes back to the customer. */
export function endConsult(visit: Visit, place: Talking): VisitStep {
  if (place.consult === undefined) return noConsult(visit, 'nobody is being consulted');
  const back = without(place, false);
  const hears: readonly VisitEffect[] = place.away
    ? leftAlone(place)
    : place.held
      ? [{ do: 'quiet' }, { do: 'join' }]
      : [];
  return to(visit, back, { do: 'end-consult' }, ...hears, ...(place.held ? [resumed(visit)] : []), { do: 'show' });
}

/** The customer talks to who was consulted; the agent leaves. */
export function completeTransfer(visit: Visit, place: Talking): VisitStep {
  if (place.consult === undefined) return noConsult(visit, 'nobody is being consulted');
  if (place.consult.state === 'ringing') return noConsult(visit, 'who is consulted has not answered yet');
  return handOver(visit);
}

export const handOver = (visit: Visit): VisitStep =>
  finish(visit, 'completed', { do: 'quiet' }, { do: 'hand-over' }, ...endTalk(visit, 'transferred'));

/** Whether somebody is there to whom the customer can be left when the agent goes. */
export const canBeLeft = ({ consult: now }: Talking): boolean => now !== undefined && now.state !== 'ringing';

/** Of who is consulted. What comes of an earlier one means nothing. */
export function consultDid(
  visit: Visit,
  place: Talking,
  event: Extract<VisitEvent, { readonly type: 'consulted-answered' | 'consult-over' }>,
): VisitStep {
  const { consult: now } = place;
  if (now?.n !== event.n) return stay(visit);
  if (event.type === 'consulted-answered') {
    if (now.state !== 'ringing') return stay(visit);
    return to(visit, consulting(place, { ...now, state: 'consulting' }, place.held), { do: 'show' });
  }
  return to(
    visit,
    // nobody is joined with the customer unawares: who was on hold stays there until the agent resumes
    without(place, place.held),
    { do: 'end-consult' },
    ...leftAlone(place),
    { do: 'show' },
  );
}
