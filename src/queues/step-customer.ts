import { admit } from './admit.ts';
import type { Entry } from './entry.ts';
import { keptKey, type KeptPlace } from './floor.ts';
import type { QueueEvent } from './queue-event.ts';
import type { CallbackRefusal, EntryEnd, EntryId } from './queue-fact.ts';
import { hasRoom, pendingCallback } from './pending-callback.ts';
import { completeNeeds, priorityOf, type QueueRules, rulesText } from './queue-rules.ts';
import type { Stepping } from './stepping.ts';
import { wallAfter, type WallMs } from '../domain/units.ts';

type CustomerEvent = Extract<
  QueueEvent,
  {
    readonly type:
      | 'customer-asked'
      | 'customer-left'
      | 'callback-requested'
      | 'callback-hurried'
      | 'callback-postponed'
      | 'entry-sent';
  }
>;

export function stepCustomerEvent(stepping: Stepping, event: CustomerEvent): void {
  if (event.type === 'customer-asked') return join(stepping, event);
  const entry = stepping.entries.get(event.entry);
  if (entry === undefined) return;
  switch (event.type) {
    case 'customer-left': {
      const talked = entry.answeredAt !== undefined;
      const { because } = event;
      if (because === 'hung-up') return endEntry(stepping, entry, talked ? 'customer-hung-up' : 'abandoned');
      return endEntry(stepping, entry, because);
    }
    case 'callback-requested':
      return becomeCallback(stepping, entry, event.number);
    case 'callback-hurried':
      if (entry.is.at === 'deferred' && !entry.is.rings) stepping.note({ type: 'callback-due', entry: entry.id });
      return;
    case 'callback-postponed':
      return postpone(stepping, entry, event.until);
    case 'entry-sent': {
      const queue = stepping.rules.queues.get(event.queue);
      if (queue !== undefined && queue.name !== entry.queue) moveEntry(stepping, entry, queue, 'supervisor');
    }
  }
}

/** Whoever is called at this moment is not. */
function postpone(stepping: Stepping, { id, kind, is }: Entry, until: WallMs): void {
  if (kind !== 'callback' || until <= stepping.now) return;
  if (is.at !== 'waiting' && (is.at !== 'deferred' || is.rings)) return;
  if (is.at === 'deferred') stepping.note({ type: 'callback-due', entry: id });
  stepping.note({ type: 'callback-deferred', entry: id, until, because: 'postponed' });
}

/** At most one callback for a number in a queue: the one that is there stands. */
function becomeCallback(stepping: Stepping, entry: Entry, number: string | undefined): void {
  if (entry.kind !== 'call' || entry.is.at !== 'waiting') return;
  const other = pendingCallback(stepping, entry.queue, [number ?? entry.customer]);
  if (other !== undefined) return endEntry(stepping, entry, 'merged');
  const queue = stepping.rules.queues.get(entry.queue);
  if (queue === undefined || !hasRoom(stepping, queue)) return; // they wait on
  stepping.note({ type: 'entry-became-callback', entry: entry.id, ...(number === undefined ? {} : { number }) });
}

type Asked = Extract<CustomerEvent, { readonly type: 'customer-asked' }>;

function join(stepping: Stepping, event: Asked): void {
  const { entry, contact, queue: asked, customer, incarnation } = event;
  const { rules, now: at } = stepping;
  // one that was let in already, or a node that was taken for lost: its calls are not ours any more
  if (stepping.entries.has(entry) || stepping.nodes.get(stepping.by) !== incarnation) return;
  if (event.kind === 'callback') return joinCallback(stepping, event);
  // whoever is to be called back and calls in has the place of that; an appointment that is ahead is another matter, and stands
  const pending = pendingCallback(stepping, asked, [customer]);
  const callback = pending?.is.at === 'deferred' && pending.is.appointed ? undefined : pending;
  const kept = customer === undefined ? undefined : stepping.kept.get(keptKey(asked, customer));
  const placeKept = callback !== undefined || (kept !== undefined && kept.until >= at);
  const admitted = admit(stepping, asked, rules, at, placeKept);
  if ('refused' in admitted)
    return stepping.note({ type: 'entry-refused', contact, queue: asked, because: admitted.refused });
  const { queue } = admitted;
  const returns = placeKept && queue.name === asked ? placeOf(callback, kept) : undefined;
  if (callback !== undefined && returns !== undefined) endEntry(stepping, callback, 'merged', true);
  letIn(stepping, event, queue, returns);
}

/** Callbacks wait whether the queue is open or not, and whoever is at work. */
function joinCallback(stepping: Stepping, event: Asked): void {
  const { contact, queue: asked, customer, number } = event;
  const queue = stepping.rules.queues.get(asked);
  const refuse = (because: CallbackRefusal): void =>
    stepping.note({ type: 'entry-refused', contact, queue: asked, because });
  if (queue === undefined) return refuse('unknown-queue');
  if (pendingCallback(stepping, asked, [number ?? customer]) !== undefined) return refuse('callback-pending');
  if (!hasRoom(stepping, queue)) return refuse('full');
  letIn(stepping, event, queue, undefined);
}

interface Returns {
  readonly from: EntryId;
  readonly place: number;
  readonly waitingSince: WallMs;
}

function placeOf(callback: Entry | undefined, kept: KeptPlace | undefined): Returns | undefined {
  if (callback !== undefined) return { from: callback.id, place: callback.place, waitingSince: callback.waitingSince };
  return kept === undefined ? undefined : { from: kept.entry, place: kept.place, waitingSince: kept.waitingSince };
}

function letIn(stepping: Stepping, event: Asked, queue: QueueRules, returns: Returns | undefined): void {
  const { entry, contact, kind, customer, number, notBefore, consult, incarnation } = event;
  const { rules, now: at } = stepping;
  const needs = completeNeeds(event.needs, rules);
  const priority = priorityOf(queue, needs, rules);
  const later = notBefore !== undefined && notBefore > at ? notBefore : undefined;
  stepping.note({
    type: 'entry-joined',
    entry,
    contact,
    queue: queue.name,
    kind,
    rules: rulesText(queue.name, priority, needs),
    place: returns?.place ?? stepping.next,
    waiting_since: returns?.waitingSince ?? at,
    priority,
    needs,
    ...(customer === undefined ? {} : { customer }),
    ...(number === undefined ? {} : { number }),
    ...(later === undefined ? {} : { not_before: later }),
    ...(consult === undefined ? {} : { consult }),
    ...(kind === 'call' ? { node: stepping.by, incarnation } : {}),
    ...(returns === undefined ? {} : { returned_from: returns.from }),
  });
}

/**
 * The place goes along: in the other queue the entry stands before those who came later. A callback stays where it is while that queue has one
 * for the same number, or no room for another.
 */
export function moveEntry(
  stepping: Stepping,
  { id, kind, needs, is, customer, number }: Entry,
  queue: QueueRules,
  because: 'overflow' | 'supervisor',
): void {
  if (is.at !== 'waiting') return;
  if (kind === 'callback')
    if (!hasRoom(stepping, queue) || pendingCallback(stepping, queue.name, [number ?? customer]) !== undefined) return;
  const priority = priorityOf(queue, needs, stepping.rules);
  const rules = rulesText(queue.name, priority, needs);
  stepping.note({ type: 'entry-moved', entry: id, queue: queue.name, rules, priority, because });
}

/** Whoever gave up, or was cut off without wanting it, keeps the place. */
const KEEPS: ReadonlySet<EntryEnd> = new Set(['abandoned', 'node-lost', 'agent-lost']);

/** Ends it wherever it is. Whoever has talked wraps up. */
export function endEntry(stepping: Stepping, entry: Entry, because: EntryEnd, keepsPlace = KEEPS.has(because)): void {
  const { is, answeredAt, customer, number } = entry;
  const queue = stepping.rules.queues.get(entry.queue);
  const agent = 'agent' in is ? is.agent : undefined;
  const wrapUp = answeredAt === undefined ? 0 : (queue?.wrapUpMs ?? 0);
  const keeps = keepsPlace && (customer ?? number) !== undefined;
  stepping.note({
    type: 'entry-ended',
    entry: entry.id,
    because,
    ...(agent === undefined ? {} : { agent }),
    ...(agent === undefined || wrapUp === 0 ? {} : { wrap_up_until: wallAfter(stepping.now, wrapUp) }),
    ...(keeps ? { keep_until: wallAfter(stepping.now, queue?.keepPlaceMs ?? 0) } : {}),
  });
  if (agent !== undefined && wrapUp === 0) followWish(stepping, agent);
}

/** What the agent had asked to do after the conversation. */
export function followWish(stepping: Stepping, id: string): void {
  const agent = stepping.agents.get(id);
  if (agent?.next === undefined) return;
  const { state, reason } = agent.next;
  if (state === 'signed-out') stepping.note({ type: 'agent-signed-out', agent: id, because: 'agent' });
  else
    stepping.note({
      type: 'agent-changed',
      agent: id,
      state,
      ...(reason === undefined ? {} : { reason }),
      because: 'agent',
    });
}
