import { conditionOf, type Floor } from './floor.ts';
import type { WallMs } from '../domain/units.ts';
import { isOpen } from '../routing/opening-hours.ts';
import type { QueueName, Refusal } from './queue-fact.ts';
import type { QueueRules, QueueSet } from './queue-rules.ts';

export type Admission = { readonly queue: QueueRules } | { readonly refused: Refusal };

/**
 * Where somebody who asks for a queue is let in: there, or where it overflows to.
 *
 * @param at - Unix ms
 * @param placeKept - they have a place in that queue: it may be full
 */
export function admit(
  floor: Floor,
  name: QueueName,
  { queues }: Pick<QueueSet, 'queues'>,
  at: WallMs,
  placeKept = false,
  visited: readonly QueueName[] = [],
): Admission {
  const queue = queues.get(name);
  if (queue === undefined) return { refused: 'unknown-queue' };
  const refused = refusalOf(floor, queue, at, placeKept);
  if (refused === undefined) return { queue };
  const { overflow } = queue;
  if (overflow === undefined || !overflow.when.includes(refused) || visited.includes(overflow.to)) return { refused };
  const further = admit(floor, overflow.to, { queues }, at, false, [...visited, name]);
  return 'refused' in further ? { refused } : further;
}

function refusalOf(
  floor: Floor,
  queue: QueueRules,
  at: WallMs,
  placeKept: boolean,
): Exclude<Refusal, 'unknown-queue'> | undefined {
  if (conditionOf(floor, queue.name).emergency) return 'emergency';
  if (!isOpenAt(queue, at)) return 'closed';
  if (!queue.waitUnstaffed && staffOf(floor, queue.name) === 0) return 'unstaffed';
  if (placeKept) return undefined;
  let waiting = 0;
  for (const entry of floor.entries.values())
    if (entry.kind === 'call' && entry.queue === queue.name && entry.is.at === 'waiting') waiting += 1;
  return waiting >= queue.capacity ? 'full' : undefined;
}

/** @param at - Unix ms */
export const isOpenAt = ({ hours }: Pick<QueueRules, 'hours'>, at: WallMs): boolean =>
  hours === undefined || isOpen(hours.of, hours.name, at);

/** Agents who are signed in to a queue; those on a break come back. */
export function staffOf(floor: Pick<Floor, 'agents'>, queue: QueueName, onBreak = true): number {
  let staff = 0;
  for (const { state, profile } of floor.agents.values())
    if (state !== 'signed-out' && (onBreak || state !== 'break') && profile.queues[queue] !== undefined) staff += 1;
  return staff;
}
