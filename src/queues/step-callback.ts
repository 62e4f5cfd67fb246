import { wallAfter, type WallMs, wallMs } from '../domain/units.ts';
import { isOpen, nextOpening } from '../routing/opening-hours.ts';
import type { Entry, EntryPlace } from './entry.ts';
import { conditionOf } from './floor.ts';
import type { CallbackMiss, QueueFact } from './queue-fact.ts';
import { PROOF_MS, type QueueRules } from './queue-rules.ts';
import { followWish } from './step-customer.ts';
import type { Stepping } from './stepping.ts';

/** How soon a queue in emergency, or one that opens at no time that is known, is looked at again. */
const LOOK_AGAIN_MS = 15 * 60_000;
/** Where the queue was taken out of the configuration meanwhile. */
const LONGEST_RING_MS = 30_000;

/** Rows of an entry after which tries count that could not be made: about a hundred of them were. */
const MOST_STEPS = 300;

type Dialling = Extract<EntryPlace, { readonly at: 'dialling' }>;

/** Nobody is called back while the queue is closed or in emergency: the callback waits, with its place, for the time after that. */
export function deferCallbacks(stepping: Stepping): void {
  const { now: at } = stepping;
  const until = new Map<string, ReturnType<typeof notBefore>>();
  for (const entry of stepping.entries.values()) {
    if (entry.kind !== 'callback' || entry.is.at !== 'waiting') continue;
    const queue = stepping.rules.queues.get(entry.queue);
    if (queue === undefined) continue;
    if (!until.has(queue.name)) until.set(queue.name, notBefore(stepping, queue, at));
    const later = until.get(queue.name);
    if (later !== undefined) stepping.note({ type: 'callback-deferred', entry: entry.id, ...later });
  }
}

function notBefore(
  stepping: Stepping,
  { name, hours }: QueueRules,
  at: WallMs,
): { readonly until: WallMs; readonly because: 'closed' | 'emergency' } | undefined {
  if (conditionOf(stepping, name).emergency) return { until: wallAfter(at, LOOK_AGAIN_MS), because: 'emergency' };
  if (hours === undefined || isOpen(hours.of, hours.name, at)) return undefined;
  return { until: nextOpening(hours.of, hours.name, at) ?? wallAfter(at, LOOK_AGAIN_MS), because: 'closed' };
}

/** Until it is answered the customer's telephone rings. */
export const ringsUntil = (stepping: Stepping, queue: QueueRules | undefined): WallMs =>
  wallAfter(stepping.now, queue?.callback.ringMs ?? LONGEST_RING_MS);

/** The customer is called before an agent is. @param at - the node that can join them with the agent who is expected */
export function callCustomer(stepping: Stepping, { id, attempts }: Entry, queue: QueueRules, at?: string): void {
  const node = at !== undefined && stepping.nodes.has(at) ? at : stepping.by;
  const incarnation = stepping.nodes.get(node);
  if (incarnation === undefined) return; // taken for lost: another node does it
  stepping.note({
    type: 'callback-dialled',
    entry: id,
    fence: stepping.next,
    attempt: attempts + 1,
    until: wallAfter(ringsUntil(stepping, queue), PROOF_MS),
    node,
    incarnation,
  });
}

/** The callback waits for another try, or was the last one. */
export function unreached(stepping: Stepping, entry: Entry, call: Dialling, because: CallbackMiss): void {
  const callback = stepping.rules.queues.get(entry.queue)?.callback;
  const counts = because !== 'not-called' || entry.steps >= MOST_STEPS;
  const attempts = entry.attempts + (counts ? 1 : 0);
  noteUnreached(stepping, entry, call, {
    because,
    retry_at: wallAfter(stepping.now, callback?.retryMs ?? 0),
    attempts,
  });
  if (attempts >= (callback?.attempts ?? 1))
    stepping.note({ type: 'entry-ended', entry: entry.id, because: 'not-reached' });
  if (call.agent !== undefined) followWish(stepping, call.agent);
}

/** The node that called is gone: the customer's telephone may still ring for it, and is not called before that is over. */
export function ringsUnattended(stepping: Stepping, entry: Entry, call: Dialling): void {
  const retryAt = wallMs(Math.max(call.until, stepping.now));
  noteUnreached(stepping, entry, call, { because: 'node-lost', retry_at: retryAt, attempts: entry.attempts });
  if (call.agent !== undefined) followWish(stepping, call.agent);
}

function noteUnreached(
  stepping: Stepping,
  { id }: Entry,
  { agent, fence }: Dialling,
  miss: Pick<Extract<QueueFact, { type: 'callback-unreached' }>, 'because' | 'retry_at' | 'attempts'>,
): void {
  stepping.note({ type: 'callback-unreached', entry: id, ...(agent === undefined ? {} : { agent }), fence, ...miss });
}
