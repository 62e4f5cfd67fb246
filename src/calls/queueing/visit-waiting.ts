import type { TransferOutcome } from '../../domain/call-event.ts';
import type { QueueName, Refusal } from '../../queues/queue-fact.ts';
import { parting, stay } from './visit-moves.ts';
import type { Visit, VisitContext, VisitStep } from './visit-state.ts';

/* What somebody hears who waits, and how long they wait at most. */

/** Somebody who waits hears where they stand. */
export const ANNOUNCE_SOON_MS = 1_000;
/** How often somebody who waits hears where they stand. */
const ANNOUNCE_EVERY_MS = 30_000;
/** Announcements in a row while nobody can come, with the last of which the customer hears why and the dialplan goes on: 60 to 90 s. */
const MOST_STRANDED = 3;
/** Whoever has waited so long waits no longer: nobody who may take the call has come. */
const LONGEST_WAIT_MS = 2 * 3_600_000;

/** Where the customer stands; or why nobody comes, after which the dialplan goes on. */
export function announce(context: VisitContext, visit: Visit): VisitStep {
  const because = visit.place.at === 'waiting' ? context.stranded() : undefined;
  const stranded = because === undefined ? 0 : visit.stranded + 1;
  if (because !== undefined && stranded >= MOST_STRANDED) return giveUp(visit, because);
  if (visit.place.at === 'waiting' && context.at - visit.askedAt >= LONGEST_WAIT_MS) return giveUp(visit, 'full');
  const standing = context.standing();
  const callback =
    visit.place.at === 'waiting' &&
    standing !== undefined &&
    context.offersCallback(visit.missed ? 'missed' : undefined);
  return stay(
    { ...visit, stranded, callbackOffered: visit.callbackOffered || callback },
    ...(standing === undefined
      ? []
      : [{ do: 'say', what: { say: 'standing', standing, callback }, after: 'music' } as const]),
    { do: 'start-timer', timer: 'announce', ms: ANNOUNCE_EVERY_MS },
  );
}

function giveUp(visit: Visit, because: Refusal | 'not-written'): VisitStep {
  const { entry, queue } = visit;
  const [next, ...effects] =
    because === 'not-written' ? parting(visit, { say: 'not-written' }, 'failed') : refused(visit, { queue, because });
  return [next, { do: 'tell', event: { type: 'customer-left', entry, because: 'returned-to-bot' } }, ...effects];
}

/** Why nobody comes; then the dialplan goes on. */
export function refused(
  visit: Visit,
  { queue, because }: { readonly queue: QueueName; readonly because: Refusal },
): VisitStep {
  const [next, ...effects] = parting(visit, { say: 'refused', because }, OUTCOMES[because]);
  return [next, { do: 'note', fact: { type: 'queue-refused', queue, because } }, ...effects];
}

export const OUTCOMES = {
  full: 'busy',
  closed: 'no-answer',
  unstaffed: 'no-answer',
  emergency: 'failed',
  'unknown-queue': 'failed',
} as const satisfies Record<Refusal, TransferOutcome>;
