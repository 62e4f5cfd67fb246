import { IvrError } from '../domain/error.ts';
import type { WallMs } from '../domain/units.ts';
import { isOpenAt } from '../queues/admit.ts';
import { conditionOf, type Floor } from '../queues/floor.ts';
import type { QueueEvent } from '../queues/queue-event.ts';
import type { EntryId, QueueName } from '../queues/queue-fact.ts';
import type { QueueRules, QueueSet } from '../queues/queue-rules.ts';
import type { QueueService } from '../queues/queue-service.ts';
import { inOrder } from '../queues/route.ts';
import type { CallbackOrder, WaitingCallback } from './agent-desk.ts';

type ByQueue = (queue: QueueName) => boolean;

/** Those under way, then those that wait in the order in which they are served, then those that wait for their time. */
export function callbacksIn(
  own: ByQueue,
  { floor, rules }: { readonly floor: Pick<Floor, 'entries'>; readonly rules: Pick<QueueSet, 'queues'> },
  at: WallMs,
): readonly WaitingCallback[] {
  const mine = [...floor.entries.values()].filter(
    ({ kind, queue, answeredAt }) => kind === 'callback' && answeredAt === undefined && own(queue),
  );
  const underWay = mine.filter(({ is }) => is.at === 'offered' || is.at === 'dialling');
  const waiting = inOrder(mine, rules.queues, at).map(({ entry }) => entry);
  const deferred = mine.filter(({ is }) => is.at === 'deferred').toSorted((a, b) => a.place - b.place);
  return [...underWay, ...waiting, ...deferred].map(({ id, queue, waitingSince, attempts, is }) => ({
    entry: id,
    queue,
    since: waitingSince,
    ...(is.at === 'deferred' ? { retryAt: is.until } : {}),
    ...(is.at === 'offered' || is.at === 'dialling' ? { underWay: true as const } : {}),
    attempts,
  }));
}

/** The queue that a callback waits in. @throws IvrError NOT_FOUND */
export function queueOfCallback({ entries }: Pick<Floor, 'entries'>, id: EntryId): QueueName {
  const entry = entries.get(id);
  if (entry?.kind !== 'callback' || entry.answeredAt !== undefined)
    throw new IvrError('NOT_FOUND', 'there is no such callback, or it is over');
  return entry.queue;
}

/**
 * Does what somebody has decided, who may decide about the callbacks of those queues.
 *
 * @throws IvrError NOT_FOUND; CONFLICT: they are being called; USAGE: the queue is closed then, or in emergency
 */
export async function orderCallback(
  { floor, rules, tell }: Pick<QueueService, 'floor' | 'rules' | 'tell'>,
  own: ByQueue,
  entry: EntryId,
  order: CallbackOrder,
  at: WallMs,
): Promise<void> {
  const queue = queueOfCallback(floor, entry);
  if (!own(queue)) throw new IvrError('NOT_FOUND', 'there is no such callback, or it is over');
  if (order.do === 'postpone') expectOpen(rules.queues.get(queue), order.until, at);
  // else it would only wait again, and no longer for the time that was agreed
  if (order.do === 'now') expectCalling(floor, rules.queues.get(queue), at);
  const rows = await tell(eventOf(entry, order));
  // one whose turn it is waits for an agent alone
  const waits = order.do === 'now' && floor.entries.get(entry)?.is.at === 'waiting';
  if (!waits && !rows.some((row) => 'entry' in row && row.entry === entry))
    throw new IvrError('CONFLICT', 'the customer is being called at this moment');
}

function eventOf(entry: EntryId, order: CallbackOrder): QueueEvent {
  switch (order.do) {
    case 'now':
      return { type: 'callback-hurried', entry };
    case 'cancel':
      return { type: 'customer-left', entry, because: 'cancelled' };
    case 'postpone':
      return { type: 'callback-postponed', entry, until: order.until };
  }
}

const LONGEST_MS = 31 * 24 * 3_600_000;

/** @throws IvrError USAGE: it is not a time that can be chosen, or the queue is closed then */
export function expectOpen(queue: Pick<QueueRules, 'hours'> | undefined, until: WallMs, at: WallMs): void {
  if (until <= at || until > at + LONGEST_MS) throw new IvrError('USAGE', 'expects a time within the next 31 days');
  if (queue !== undefined && !isOpenAt(queue, until)) throw new IvrError('USAGE', 'the queue is closed at that time');
}

/** @throws IvrError USAGE: nobody is called back at present */
function expectCalling(floor: Pick<Floor, 'queues'>, queue: QueueRules | undefined, at: WallMs): void {
  if (queue === undefined) return;
  if (!isOpenAt(queue, at)) throw new IvrError('USAGE', 'the queue is closed at present');
  if (conditionOf(floor, queue.name).emergency) throw new IvrError('USAGE', 'the queue is in emergency');
}

/** Tells in which queue the callbacks are others than before, or at other times. @returns the way to stop */
export function followCallbacks(
  queues: Pick<QueueService, 'floor' | 'subscribe'>,
  changed: (queue: QueueName) => void,
): () => void {
  /** Those that have not ended. */
  const known = new Map<EntryId, QueueName>();
  for (const { id, kind, queue } of queues.floor.entries.values()) if (kind === 'callback') known.set(id, queue);
  return queues.subscribe((row) => {
    if (!('entry' in row)) return;
    const queue = known.get(row.entry);
    if (row.type === 'entry-joined' && row.kind === 'callback') known.set(row.entry, row.queue);
    const became = row.type === 'entry-became-callback' ? queues.floor.entries.get(row.entry) : undefined;
    if (became !== undefined) known.set(row.entry, became.queue);
    if (row.type === 'entry-moved' && queue !== undefined) known.set(row.entry, row.queue);
    if (row.type === 'entry-ended') known.delete(row.entry);
    for (const each of new Set([queue, known.get(row.entry)])) if (each !== undefined) changed(each);
  });
}
