import type { Entry, EntryPlace } from './entry.ts';
import type { QueueEvent } from './queue-event.ts';
import type { OfferEnd } from './queue-fact.ts';
import type { QueueRules } from './queue-rules.ts';
import { ringsUntil, unreached } from './step-callback.ts';
import { endEntry, followWish } from './step-customer.ts';
import type { Stepping } from './stepping.ts';
import { wallAfter } from '../domain/units.ts';

type OfferEvent = Extract<
  QueueEvent,
  {
    readonly type:
      | 'offer-accepted'
      | 'offer-refused'
      | 'customer-reached'
      | 'customer-unreached'
      | 'talk-held'
      | 'talk-resumed'
      | 'talk-ended';
  }
>;
type Leased = Extract<EntryPlace, { readonly fence: number }>;
type Offered = Extract<EntryPlace, { readonly at: 'offered' }>;

export function stepOfferEvent(stepping: Stepping, event: OfferEvent): void {
  const entry = stepping.entries.get(event.entry);
  if (entry === undefined) return;
  const { is } = entry;
  switch (event.type) {
    case 'talk-held':
      if (is.at === 'talking') stepping.note({ type: 'entry-held', entry: entry.id, agent: is.agent });
      return;
    case 'talk-resumed':
      if (is.at === 'holding') stepping.note({ type: 'entry-resumed', entry: entry.id, agent: is.agent });
      return;
    case 'talk-ended':
      if (is.at === 'talking' || is.at === 'holding') endEntry(stepping, entry, event.because, event.keepsPlace);
      return;
    default:
  }
  // the fence: whoever answers an offer that is over answers nothing
  if (!('fence' in is) || is.fence !== event.fence || is.agent !== event.agent) return;
  answered(stepping, entry, is, event);
}

function answered(
  stepping: Stepping,
  entry: Entry,
  is: Leased,
  event: Exclude<OfferEvent, { readonly type: 'talk-held' | 'talk-resumed' | 'talk-ended' }>,
): void {
  if (is.at === 'dialling') return dialDid(stepping, entry, is, event);
  const ids = { entry: entry.id, agent: is.agent, fence: is.fence };
  switch (event.type) {
    case 'offer-accepted':
      if (entry.kind === 'call') return stepping.note({ type: 'entry-answered', ...ids });
      return stepping.note({
        type: 'callback-dialled',
        ...ids,
        attempt: entry.attempts + 1,
        until: ringsUntil(stepping, stepping.rules.queues.get(entry.queue)),
      });
    case 'offer-refused':
      return endOffer(stepping, entry, is, event.because);
    default:
  }
}

/** What comes of calling the customer: after an offer they talk to the agent, else they wait for one. */
function dialDid(
  stepping: Stepping,
  entry: Entry,
  is: Extract<EntryPlace, { readonly at: 'dialling' }>,
  event: Parameters<typeof answered>[3],
): void {
  if (event.type === 'customer-unreached') return unreached(stepping, entry, is, event.because);
  if (event.type !== 'customer-reached') return;
  const { agent, fence } = is;
  if (agent === undefined) stepping.note({ type: 'callback-reached', entry: entry.id, fence });
  else stepping.note({ type: 'entry-answered', entry: entry.id, agent, fence });
}

export function endOffer(stepping: Stepping, entry: Entry, is: Offered, because: OfferEnd): void {
  const missed = because === 'declined' || because === 'no-answer';
  const pause = missed ? pauseAfter(because, stepping.rules.queues.get(entry.queue)) : undefined;
  stepping.note({
    type: 'offer-ended',
    entry: entry.id,
    agent: is.agent,
    fence: is.fence,
    because,
    agent_state: missed ? 'not-answering' : 'available',
    ...(pause === undefined ? {} : { agent_until: wallAfter(stepping.now, pause) }),
  });
  followWish(stepping, is.agent);
}

function pauseAfter(because: 'declined' | 'no-answer', queue: QueueRules | undefined): number | undefined {
  const pause = because === 'declined' ? queue?.declinedMs : queue?.notAnsweringMs;
  return pause === 0 ? undefined : pause;
}
