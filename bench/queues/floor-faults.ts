import type { Floor } from '../../src/queues/floor.ts';

const HELD: Readonly<Record<string, string>> = {
  offered: 'offered',
  dialling: 'dialling',
  talking: 'talking',
  holding: 'hold',
};

/**
 * What must never be, looked at from outside: an entry in two places, an agent with nobody, a lease that has run out, somebody who waits while
 * somebody suitable is free. Time has been told to pass.
 *
 * @param at - Unix ms
 */
export function floorFaults(floor: Floor, at: number): readonly string[] {
  const faults: string[] = [];
  const had = new Map<string, string>();
  for (const { id, is } of floor.entries.values()) {
    if (is.at === 'ended') faults.push(`${id} has ended and is still there`);
    if ('until' in is && is.until <= at) faults.push(`${id} has been ${is.at} for too long`);
    if (!('agent' in is) || is.agent === undefined) continue;
    const agent = floor.agents.get(is.agent);
    if (agent?.entry !== id || agent.state !== HELD[is.at])
      faults.push(`${id} is ${is.at} with ${is.agent}, who is ${agent?.state} with ${agent?.entry}`);
    if (had.has(is.agent)) faults.push(`${is.agent} has ${id} and ${had.get(is.agent)}`);
    had.set(is.agent, id);
  }
  for (const { id, state, entry, until } of floor.agents.values()) {
    if (until !== undefined && until <= at) faults.push(`${id} has been ${state} for too long`);
    if (Object.values(HELD).includes(state) && had.get(id) !== entry) faults.push(`${id} is ${state} with nobody`);
  }
  return [...faults, ...kept(floor)];
}

/** Somebody who asks for nothing in particular waits for any agent of the queue. */
function kept(floor: Floor): readonly string[] {
  const faults: string[] = [];
  const free = [...floor.agents.values()].filter(({ state, reachable }) => state === 'available' && reachable);
  // agents wait for customers who are called first
  const expected = [...floor.entries.values()].filter(({ is }) => is.at === 'dialling' && is.agent === undefined);
  if (expected.length >= free.length) return [];
  for (const { id, is, needs, queue } of floor.entries.values()) {
    const plain =
      needs.last_agent === undefined && needs.language === undefined && Object.keys(needs.skills).length === 0;
    if (is.at !== 'waiting' || !plain) continue;
    const suitable = free.filter(({ profile }) => profile.queues[queue] !== undefined);
    if (suitable.length > expected.length) faults.push(`${id} waits though ${suitable[0]?.id} is free`);
  }
  return faults;
}
