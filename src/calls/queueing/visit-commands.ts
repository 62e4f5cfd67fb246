import type { TransferTarget } from '../../agents/agent-desk.ts';
import type { TalkCommand } from '../../agents/attended-entry.ts';
import type { EntryId } from '../../queues/queue-fact.ts';
import { canBeLeft, completeTransfer, conference, consult, endConsult, handOver } from './visit-consult.ts';
import { accept, ask, endTalk, finish, refuse, refused as cannot, stay, to } from './visit-moves.ts';
import { leaveVerifying, takeBack, verify } from './visit-verification.ts';
import type { Talking, Visit, VisitContext, VisitEffect, VisitStep } from './visit-state.ts';

/** What the agent wants; what does not fit is refused by name. @param next - of the entry, should there be another one */
export function commanded(context: VisitContext, visit: Visit, command: TalkCommand, next: EntryId): VisitStep {
  const { place } = visit;
  if (command.type === 'accept' || command.type === 'decline') {
    if (place.at !== 'offered' || place.fence !== command.fence || place.line === 'gone')
      return stay(visit, { do: 'refuse', code: 'OFFER_OVER', text: 'the offer is over' });
    if (command.type === 'accept') return accept(visit, place);
    if (place.told) return stay(visit, { do: 'refuse', code: 'OFFER_OVER', text: 'the offer was accepted' });
    return refuse(visit, place, 'declined');
  }
  if (place.at !== 'talking') return stay(visit, { do: 'refuse', code: 'NO_TALK', text: 'there is no conversation' });
  if (place.consult !== undefined && NOT_MEANWHILE.has(command.type)) return cannot(visit, 'in-consultation');
  if (place.verifying === true && !WHILE_VERIFYING.has(command.type)) return cannot(visit, 'verifying');
  switch (command.type) {
    case 'hold':
      return hold(visit, place, command.held);
    case 'hang-up':
      if (place.verifying === true) return leaveVerifying(visit, place, 'returned-to-bot');
      return canBeLeft(place) ? handOver(visit) : finish(visit, 'completed', ...endTalk(visit, 'completed'));
    case 'transfer':
      if (context.behalf) return cannot(visit, 'consulted');
      return passOn(context, visit, command.to, next);
    case 'return-to-bot':
      if (context.behalf) return cannot(visit, 'consulted');
      if (command.purpose === 'verify') return verify(context, visit, place);
      return to(visit, { at: 'rating', agent: place.agent }, ...endTalk(visit, 'returned-to-bot'), {
        do: 'say',
        what: { say: 'satisfaction' },
        after: 'nothing',
      });
    case 'end-verification':
      return takeBack(visit, place);
    case 'pause-recording':
      return stay(visit, { do: 'pause', paused: command.paused, agent: place.agent });
    case 'consult':
      return consult(context, visit, place, command.to);
    case 'conference':
      return conference(visit, place);
    case 'complete-transfer':
      return completeTransfer(visit, place);
    case 'end-consult':
      return endConsult(visit, place);
  }
}

/** The customer is on hold then, or somebody else is in the conversation. */
const NOT_MEANWHILE: ReadonlySet<TalkCommand['type']> = new Set(['hold', 'transfer', 'return-to-bot']);
/** The customer is with the bot then. */
const WHILE_VERIFYING: ReadonlySet<TalkCommand['type']> = new Set(['hang-up', 'end-verification']);

function hold(visit: Visit, place: Talking, held: boolean): VisitStep {
  if (place.held === held) return stay(visit);
  const { entry } = visit;
  const event: VisitEffect = { do: 'tell', event: { type: held ? 'talk-held' : 'talk-resumed', entry } };
  const audio: readonly VisitEffect[] = held
    ? [{ do: 'part' }, { do: 'music' }]
    : place.away
      ? []
      : [{ do: 'quiet' }, { do: 'join' }];
  return to(visit, { ...place, held }, ...audio, event, { do: 'show' });
}

/** The customer waits again, for another queue or for that agent. */
function passOn(context: VisitContext, visit: Visit, target: TransferTarget, entry: EntryId): VisitStep {
  const refusal = context.refusalOf(target);
  if (refusal !== undefined) return cannot(visit, refusal);
  if ('number' in target)
    return to(
      visit,
      { at: 'over' },
      ...endTalk(visit, 'transferred'),
      { do: 'quiet' }, // who was on hold has music
      { do: 'finish', outcome: 'completed', to: target.number },
    );
  const queue = context.queueOf(target);
  if (queue === undefined) return cannot(visit, 'unknown-queue');
  const { last_agent: _last, ...needs } = visit.needs;
  const next: Visit = {
    ...visit,
    entry,
    queue,
    needs: 'agent' in target ? { ...needs, last_agent: target.agent } : needs,
    place: { at: 'asking' },
    askedAt: context.at,
    stranded: 0,
  };
  return [next, ...endTalk(visit, 'transferred'), { do: 'music' }, ask(context, next)];
}
