import { staffOf } from './admit.ts';
import { conditionOf, type Floor } from './floor.ts';
import type { EntryId } from './queue-fact.ts';
import type { QueueRules, QueueSet } from './queue-rules.ts';
import { inOrder } from './route.ts';
import type { WallMs } from '../domain/units.ts';

export interface Standing {
  /** 1: the next one. */
  readonly position: number;
  /** Undefined: nobody of the queue is at work. */
  readonly expectedWaitMs: number | undefined;
}

/**
 * How long whoever stands there will wait, ms: each of the queue's agents takes one as often as a conversation with its wrap-up ends.
 *
 * @param position - 1: the next one
 * @returns undefined: nobody of the queue is at work
 */
export function expectedWait(
  floor: Floor,
  { name, handlingMs }: Pick<QueueRules, 'name' | 'handlingMs'>,
  position: number,
): number | undefined {
  const staff = staffOf(floor, name, false);
  const handling = conditionOf(floor, name).handlingMs || handlingMs;
  return staff === 0 ? undefined : Math.round((position * handling) / staff);
}

/**
 * Where an entry stands among those of its queue, and how long that will take. Undefined: it does not wait.
 *
 * @param at - Unix ms
 */
export function standingOf(
  floor: Floor,
  id: EntryId,
  { queues }: Pick<QueueSet, 'queues'>,
  at: WallMs,
): Standing | undefined {
  const entry = floor.entries.get(id);
  const queue = queues.get(entry?.queue ?? '');
  if (entry?.is.at !== 'waiting' || queue === undefined) return undefined;
  const same = inOrder(floor.entries.values(), queues, at).filter((other) => other.entry.queue === entry.queue);
  const position = same.findIndex((other) => other.entry.id === id) + 1;
  return { position, expectedWaitMs: expectedWait(floor, queue, position) };
}
