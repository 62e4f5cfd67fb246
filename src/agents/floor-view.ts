import { wallAfter, wallMs, type WallMs } from '../domain/units.ts';
import { localTime } from '../lib/local-time.ts';
import { expectedWait } from '../queues/expected-wait.ts';
import { conditionOf, type Floor } from '../queues/floor.ts';
import type { Entry } from '../queues/entry.ts';
import type { AgentState } from '../queues/queue-fact.ts';
import type { QueueRules, QueueSet } from '../queues/queue-rules.ts';
import { cellKey } from '../queues/reports/count-rows.ts';
import {
  emptyQueueCell,
  QUARTER_MS,
  type QueueCell,
  quarterOf,
  type ReadonlyCells,
  summed,
} from '../queues/reports/kpi-cells.ts';
import { kpisOf, QUEUE_KPIS } from '../queues/reports/kpis.ts';
import { callbacksIn } from './callback-orders.ts';
import type { AgentView, FloorView, QueueNumbers, QueueView } from './supervision.ts';

/** Fewer callers tell nothing of a service level. */
const FEWEST_OFFERED = 5;
const LEAST_SERVICE_LEVEL = 0.8;
/** Of the limit of the service level: a wait of so many of them is an alarm. */
const LONG_WAITS = 6;

interface Queues {
  readonly floor: Floor;
  readonly rules: QueueSet;
}

/** Queues and agents as they are. @param at - Unix ms @param zone - of the days (IANA name) */
export function floorView(
  { floor, rules }: Queues,
  counted: Pick<ReadonlyCells, 'queues'>,
  zone: string,
  at: WallMs,
): FloorView {
  const numbers = numbersOf(counted, zone, at);
  return {
    at,
    queues: [...rules.queues.values()].map((queue) => queueView(queue, floor, numbers(queue.name), at)),
    agents: [...rules.agents.keys()].map((agent) => agentView(agent, floor)),
    callbacks: callbacksIn(() => true, { floor, rules }, at),
  };
}

function queueView(
  queue: QueueRules,
  floor: Floor,
  { interval, today }: Pick<QueueView, 'interval' | 'today'>,
  at: WallMs,
): QueueView {
  const entries = [...floor.entries.values()].filter((entry) => entry.queue === queue.name);
  const calls = entries.filter(waits);
  const longestWaitMs = calls.reduce((longest, { waitingSince }) => Math.max(longest, at - waitingSince), 0);
  const expectedWaitMs = expectedWait(floor, queue, calls.length + 1);
  const { emergency } = conditionOf(floor, queue.name);
  const agents: Partial<Record<AgentState, number>> = {};
  for (const { state, profile } of floor.agents.values())
    if (state !== 'signed-out' && profile.queues[queue.name] !== undefined) agents[state] = (agents[state] ?? 0) + 1;
  const low = interval.offered >= FEWEST_OFFERED && (interval.serviceLevel ?? 1) < LEAST_SERVICE_LEVEL;
  return {
    queue: queue.name,
    waiting: calls.length,
    callbacks: entries.filter(({ kind }) => kind === 'callback').length,
    longestWaitMs,
    expectedWaitMs: expectedWaitMs ?? 0,
    agents,
    interval,
    today,
    emergency,
    alarms: [
      ...(calls.length > 0 && expectedWaitMs === undefined ? ['unstaffed'] : []),
      ...(longestWaitMs > LONG_WAITS * queue.answerWithinMs ? ['longest-wait'] : []),
      ...(low ? ['service-level'] : []),
      ...(emergency ? ['emergency'] : []),
    ],
  };
}

const waits = ({ kind, is }: Entry): boolean => kind === 'call' && (is.at === 'waiting' || is.at === 'offered');

function numbersOf(
  { queues }: Pick<ReadonlyCells, 'queues'>,
  zone: string,
  at: WallMs,
): (queue: string) => Pick<QueueView, 'interval' | 'today'> {
  // the counts are of all years, and this is asked four times a second: only today's are looked at
  const quarter = quarterOf(at);
  const dateOf = (each: WallMs): string => localTime(each, zone).date;
  const day = dateOf(at);
  const today: WallMs[] = [];
  for (let each = quarter; dateOf(each) === day; each = wallAfter(each, -QUARTER_MS)) today.push(each);
  return (name) => {
    const cellOf = (each: WallMs): readonly QueueCell[] => {
      const cell = queues.get(cellKey(name, each));
      return cell === undefined ? [] : [cell];
    };
    return { interval: told(cellOf(quarter)), today: told(today.flatMap(cellOf)) };
  };
}

function told(cells: readonly QueueCell[]): QueueNumbers {
  const cell = summed([...cells], emptyQueueCell());
  const kpis = kpisOf(cell, QUEUE_KPIS);
  return {
    offered: kpis['offered'] ?? 0,
    answered: cell.answered,
    abandoned: cell.abandoned - cell.short_abandoned,
    serviceLevel: kpis['service_level'] ?? null,
  };
}

function agentView(agent: string, floor: Floor): AgentView {
  const now = floor.agents.get(agent);
  if (now === undefined) return { agent, state: 'signed-out', since: wallMs(0), queues: {} };
  const entry = floor.entries.get(now.entry ?? '');
  const talks = now.state === 'talking' || now.state === 'hold' ? entry : undefined;
  return {
    agent,
    state: now.state,
    since: now.since,
    ...(now.reason === undefined ? {} : { reason: now.reason }),
    queues: now.state === 'signed-out' ? {} : now.profile.queues,
    ...(talks === undefined ? {} : { contact: talks.contact, queue: talks.queue }),
  };
}
