import type { Agent } from './agent.ts';
import { agesSince, type Entry } from './entry.ts';
import type { Floor } from './floor.ts';
import type { AgentId } from './queue-fact.ts';
import { type QueueRules, type QueueSet, type Ring, ringAfter } from './queue-rules.ts';
import type { WallMs } from '../domain/units.ts';

/** An agent is offered an entry; or, without an agent, a customer who is called first is called, at that node. */
export type Match = { readonly entry: Entry; readonly ring: number; readonly queue: QueueRules } & (
  | { readonly agent: Agent }
  | { readonly agent?: undefined; readonly node: string | undefined }
);

/**
 * Who is offered whom at this moment. Entries are served by their priority, which grows as they wait, and within it by their places; each is
 * given the most suitable of those agents who are free. An entry never waits for one that stands behind it: of two entries of the same rules
 * the earlier has come to the same ring or a wider one, so whoever may take the later may take the earlier, where they can be joined at all.
 * While a customer is called first, one agent who is free, or will be, waits for them.
 *
 * @param at - Unix ms
 */
export function route(
  floor: Pick<Floor, 'entries' | 'agents'>,
  { queues }: Pick<QueueSet, 'queues'>,
  at: WallMs,
): readonly Match[] {
  const free: Agent[] = [];
  const soon: Agent[] = [];
  for (const agent of floor.agents.values()) {
    if (agent.state === 'available' && agent.reachable) free.push(agent);
    if (agent.state === 'wrap-up' && agent.reachable && agent.next === undefined) soon.push(agent);
  }
  if (free.length + soon.length === 0) return [];
  const matches: Match[] = [];
  for (const { entry, queue, ageMs } of inOrder(floor.entries.values(), queues, at, isServed)) {
    if (free.length + soon.length === 0) break;
    const ring = ringAfter(queue, ageMs);
    const only = lastAgentFirst(entry, queue, floor.agents, ageMs);
    const suitable = (among: readonly Agent[]): Agent | undefined => mostSuitable(among, entry, queue, ring, only);
    const best = suitable(free);
    if (!isCalledFirst(entry, queue)) {
      if (best === undefined) continue;
      free.splice(free.indexOf(best), 1);
      matches.push({ entry, agent: best, ring, queue });
      continue;
    }
    const expected = best ?? suitable(soon.filter((agent) => freeWithin(agent, queue.callback.ringMs, at)));
    if (expected === undefined) continue;
    for (const from of [free, soon]) if (from.includes(expected)) from.splice(from.indexOf(expected), 1);
    if (entry.is.at === 'waiting')
      matches.push({ entry, ring, queue, node: expected.device === 'browser' ? expected.node : undefined });
  }
  return matches;
}

/** It waits, or its customer is being called first. */
const isServed = ({ is }: Entry): boolean => is.at === 'waiting' || (is.at === 'dialling' && is.agent === undefined);

const isCalledFirst = ({ kind, is }: Entry, { callback }: QueueRules): boolean =>
  kind === 'callback' && (is.at === 'dialling' || callback.first === 'customer');

const freeWithin = ({ until }: Agent, withinMs: number, at: WallMs): boolean =>
  until !== undefined && until - at <= withinMs;

interface InOrder {
  readonly entry: Entry;
  readonly queue: QueueRules;
  /** How long it has waited to be served. */
  readonly ageMs: number;
}

const isWaiting = ({ is }: Entry): boolean => is.at === 'waiting';

/**
 * The entries that wait, in the order in which they are served. A callback ages from its time on, not from when it was asked for; but of those
 * of the same rules the earlier is as old as any later one, so that none of them is passed.
 */
export function inOrder(
  entries: Iterable<Entry>,
  queues: QueueSet['queues'],
  at: WallMs,
  which: (entry: Entry) => boolean = isWaiting,
): readonly InOrder[] {
  const waiting: InOrder[] = [];
  for (const entry of entries) {
    const queue = which(entry) ? queues.get(entry.queue) : undefined;
    if (queue !== undefined) waiting.push({ entry, queue, ageMs: at - agesSince(entry) });
  }
  const aged = waiting.some(({ entry }) => entry.dueAt !== undefined) ? asOldAsLater(waiting) : waiting;
  return aged.sort((a, b) => scoreOf(b) - scoreOf(a) || a.entry.place - b.entry.place);
}

const scoreOf = ({ entry, queue, ageMs }: InOrder): number => entry.priority + (queue.ageingPerMinute * ageMs) / 60_000;

function asOldAsLater(waiting: readonly InOrder[]): InOrder[] {
  const oldest = new Map<string, number>();
  return waiting
    .toSorted((a, b) => b.entry.place - a.entry.place)
    .map((each) => {
      const ageMs = Math.max(each.ageMs, oldest.get(each.entry.rules) ?? 0);
      oldest.set(each.entry.rules, ageMs);
      return { ...each, ageMs };
    });
}

/** Whom the entry waits for alone: the agent whom the customer talked to last, for a while, if that agent is at work. */
function lastAgentFirst(entry: Entry, queue: QueueRules, agents: Floor['agents'], ageMs: number): AgentId | undefined {
  const last = entry.needs.last_agent;
  if (last === undefined || ageMs >= queue.lastAgentMs) return undefined;
  const agent = agents.get(last);
  if (agent === undefined || !agent.reachable || !isBeside(agent, entry)) return undefined;
  if (agent.profile.queues[entry.queue] === undefined) return undefined;
  return ['signed-out', 'break', 'not-answering'].includes(agent.state) ? undefined : last;
}

function mostSuitable(
  free: readonly Agent[],
  entry: Entry,
  queue: QueueRules,
  ring: number,
  only: AgentId | undefined,
): Agent | undefined {
  const rule = queue.rings[ring] ?? OPEN_RING;
  const skills = Object.entries(entry.needs.skills);
  let best: Agent | undefined;
  for (const agent of free) {
    if (only !== undefined && agent.id !== only) continue;
    if (!mayTake(agent, entry, rule, skills)) continue;
    if (best === undefined || suitsBetter(agent, best, entry, queue)) best = agent;
  }
  return best;
}

const OPEN_RING: Ring = { afterMs: 0, leastLevel: 0, skillsLess: 0, anyLanguage: false };

/** A browser is in a call of the node whose desk it is, and takes the callers of that node alone. */
const isBeside = ({ device, node }: Agent, { kind, is, node: where }: Entry): boolean =>
  device !== 'browser' || (kind === 'callback' && is.at === 'waiting') || node === where;

function mayTake(agent: Agent, entry: Entry, ring: Ring, skills: readonly (readonly [string, number])[]): boolean {
  if (!isBeside(agent, entry)) return false;
  const { profile } = agent;
  const { queue, needs } = entry;
  const level = profile.queues[queue];
  if (level === undefined || level < ring.leastLevel) return false;
  if (needs.language !== undefined && !ring.anyLanguage && !profile.languages.includes(needs.language)) return false;
  for (const [skill, asked] of skills) if ((profile.skills[skill] ?? 0) < asked - ring.skillsLess) return false;
  return true;
}

/** The last agent, then (by strategy) the highest level, then who has been available longest; the name decides at last. */
function suitsBetter(agent: Agent, than: Agent, { needs, queue: name }: Entry, { strategy }: QueueRules): boolean {
  if (agent.id === needs.last_agent) return true;
  if (than.id === needs.last_agent) return false;
  if (strategy === 'most-skilled') {
    const difference = (agent.profile.queues[name] ?? 0) - (than.profile.queues[name] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  if (agent.since !== than.since) return agent.since < than.since;
  return agent.id < than.id;
}
