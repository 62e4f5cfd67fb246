import type { Entry, EntryPlace } from './entry.ts';
import type { QueueEvent } from './queue-event.ts';
import type { OfferEnd } from './queue-fact.ts';
import type { QueueRules } from './queue-rules.ts';
import { endEntry, followWish } from './step-customer.ts';
import type { Stepping } from './stepping.ts';

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
      if (is.at === 'talking' || is.at === 'holding') endEntry(stepping, entry, event.because);
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
  const ids = { entry: entry.id, agent: is.agent, fence: is.fence };
  const callback = stepping.rules.queues.get(entry.queue)?.callback;
  switch (event.type) {
    case 'offer-accepted':
      if (is.at !== 'offered') return;
      if (entry.kind === 'call') return stepping.note({ type: 'entry-answered', ...ids });
      return stepping.note({
        type: 'callback-dialled',
        ...ids,
        attempt: entry.attempts + 1,
        until: stepping.now + (callback?.ringMs ?? LONGEST_RING_MS),
      });
    case 'offer-refused':
      if (is.at === 'offered') endOffer(stepping, entry, is, event.because);
      return;
    case 'customer-reached':
      if (is.at === 'dialling') stepping.note({ type: 'entry-answered', ...ids });
      return;
    case 'customer-unreached':
      if (is.at === 'dialling') unreached(stepping, entry, is, event.because);
  }
}

/** Where the queue was taken out of the configuration meanwhile. */
const LONGEST_RING_MS = 30_000;

export function endOffer(stepping: Stepping, entry: Entry, is: Leased, because: OfferEnd): void {
  const missed = because === 'declined' || because === 'no-answer';
  const pause = missed ? pauseAfter(because, stepping.rules.queues.get(entry.queue)) : undefined;
  stepping.note({
    type: 'offer-ended',
    entry: entry.id,
    agent: is.agent,
    fence: is.fence,
    because,
    agent_state: missed ? 'not-answering' : 'available',
    ...(pause === undefined ? {} : { agent_until: stepping.now + pause }),
  });
  followWish(stepping, is.agent);
}

function pauseAfter(because: 'declined' | 'no-answer', queue: QueueRules | undefined): number | undefined {
  const pause = because === 'declined' ? queue?.declinedMs : queue?.notAnsweringMs;
  return pause === 0 ? undefined : pause;
}

export function unreached(
  stepping: Stepping,
  entry: Entry,
  is: Leased,
  because: 'no-answer' | 'busy' | 'failed',
): void {
  const callback = stepping.rules.queues.get(entry.queue)?.callback;
  const attempts = entry.attempts + 1;
  stepping.note({
    type: 'callback-unreached',
    entry: entry.id,
    agent: is.agent,
    fence: is.fence,
    because,
    retry_at: stepping.now + (callback?.retryMs ?? 0),
    attempts,
  });
  if (attempts >= (callback?.attempts ?? 1))
    stepping.note({ type: 'entry-ended', entry: entry.id, because: 'not-reached' });
  followWish(stepping, is.agent);
}
