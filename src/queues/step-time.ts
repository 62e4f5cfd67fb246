import { admit } from './admit.ts';
import type { Agent } from './agent.ts';
import { agesSince, type Entry } from './entry.ts';
import type { Floor } from './floor.ts';
import type { QueueSet } from './queue-rules.ts';
import { endWrapUp } from './step-agent.ts';
import { moveEntry } from './step-customer.ts';
import { unreached } from './step-callback.ts';
import { endOffer } from './step-offer.ts';
import type { Stepping } from './stepping.ts';
import { type WallMs, wallMs } from '../domain/units.ts';

/** The sweeper: every lease that has run out, whoever had it, and every wait that is over. */
export function stepTime(stepping: Stepping): void {
  const { now: at } = stepping;
  for (const entry of stepping.entries.values()) {
    const due = dueOf(entry, stepping.rules);
    if (due === undefined || due > at) continue;
    sweepEntry(stepping, entry);
  }
  for (const agent of stepping.agents.values())
    if (agent.until !== undefined && agent.until <= at) sweepAgent(stepping, agent);
  for (const agent of stepping.agents.values()) {
    const gone = goneAt(agent, stepping.rules);
    if (gone !== undefined && gone <= at)
      stepping.note({ type: 'agent-signed-out', agent: agent.id, because: 'unreachable' });
  }
}

function sweepEntry(stepping: Stepping, entry: Entry): void {
  const { is } = entry;
  switch (is.at) {
    case 'offered':
      return endOffer(stepping, entry, is, 'no-answer');
    case 'dialling':
      return unreached(stepping, entry, is, 'no-answer');
    case 'deferred':
      return stepping.note({ type: 'callback-due', entry: entry.id });
    case 'waiting':
      return overflow(stepping, entry);
    default:
  }
}

function sweepAgent(stepping: Stepping, agent: Agent): void {
  if (agent.state === 'wrap-up') endWrapUp(stepping, agent, 'time');
  if (agent.state === 'not-answering')
    stepping.note({ type: 'agent-changed', agent: agent.id, state: 'available', because: 'time' });
}

/** When an agent of whom nothing is heard is signed out. */
const goneAt = ({ state, reachable, reachedAt }: Agent, { signOutMs }: QueueSet): number | undefined =>
  !reachable && ['available', 'break', 'not-answering', 'wrap-up'].includes(state) ? reachedAt + signOutMs : undefined;

function overflow(stepping: Stepping, entry: Entry): void {
  const to = stepping.rules.queues.get(entry.queue)?.overflow?.to;
  if (to === undefined || entry.visited.includes(to)) return;
  const admitted = admit(stepping, to, stepping.rules, stepping.now, false, entry.visited);
  if ('queue' in admitted && !entry.visited.includes(admitted.queue.name))
    moveEntry(stepping, entry, admitted.queue, 'overflow');
}

/** When time alone changes something about an entry. An overflow that the other queue does not take is due until it does. */
function dueOf(entry: Entry, { queues }: QueueSet): number | undefined {
  const { is, queue, visited } = entry;
  if ('until' in is) return is.until;
  const overflow = is.at === 'waiting' ? queues.get(queue)?.overflow : undefined;
  if (overflow?.afterMs === undefined || visited.includes(overflow.to)) return undefined;
  return agesSince(entry) + overflow.afterMs;
}

/** How soon again to look after what another queue did not take. */
const LOOK_AGAIN_MS = 1_000;

/**
 * When time is to be told to pass: the next end of a lease, a wrap-up or a wait, or the next ring of the bull's eye.
 *
 * @param at - Unix ms
 * @returns Unix ms, later than `at`; undefined: nothing is due by time alone
 */
export function nextDue(floor: Floor, rules: QueueSet, at: WallMs): WallMs | undefined {
  let next = Infinity;
  let calledFirst = false;
  let ringMs = 0;
  const consider = (due: number | undefined): void => {
    if (due !== undefined) next = Math.min(next, due > at ? due : at + LOOK_AGAIN_MS);
  };
  for (const entry of floor.entries.values()) {
    consider(dueOf(entry, rules));
    const queue = entry.is.at === 'waiting' ? rules.queues.get(entry.queue) : undefined;
    if (queue === undefined) continue;
    calledFirst ||= entry.kind === 'callback' && queue.callback.first === 'customer';
    ringMs = Math.max(ringMs, queue.callback.ringMs);
    for (const after of [...queue.rings.map(({ afterMs }) => afterMs), queue.lastAgentMs]) {
      const due = agesSince(entry) + after;
      if (due > at) consider(due);
    }
  }
  for (const agent of floor.agents.values()) {
    consider(agent.until);
    // whoever is called first is called while somebody wraps up
    if (calledFirst && agent.state === 'wrap-up' && agent.until !== undefined && agent.until - ringMs > at)
      consider(agent.until - ringMs);
    consider(goneAt(agent, rules));
  }
  return next === Infinity ? undefined : wallMs(next);
}
