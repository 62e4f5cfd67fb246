import { wallMs } from '../domain/units.ts';
import type { Floor } from '../queues/floor.ts';
import type { AgentId } from '../queues/queue-fact.ts';
import type { QueueSet } from '../queues/queue-rules.ts';
import { inOrder } from '../queues/route.ts';
import type { AgentDevice, DeskSetup, DeskState, WaitingCallback } from './agent-desk.ts';
import { rulesOf } from './agent-profile.ts';

/** What agents choose from at their desks, besides queues and colleagues. */
export type DeskChoices = Pick<DeskSetup, 'breakReasons' | 'wrapUpReasons' | 'departments'>;

interface Queues {
  readonly floor: Floor;
  readonly rules: QueueSet;
}

export function stateOf(agent: AgentId, floor: Pick<Floor, 'agents'>): DeskState {
  const now = floor.agents.get(agent);
  if (now === undefined || now.state === 'signed-out')
    return { agent, state: 'signed-out', since: wallMs(now?.since ?? 0), queues: {} };
  const { state, since, until, reason, next, device, profile } = now;
  return {
    agent,
    state,
    since: wallMs(since),
    ...(until === undefined ? {} : { until: wallMs(until) }),
    ...(reason === undefined ? {} : { reason }),
    ...(next === undefined ? {} : { next: next.state }),
    ...(device === 'browser' || device === 'telephone' ? { device } : {}),
    queues: profile.queues,
  };
}

/** @throws IvrError AGENT_UNKNOWN */
export function setupOf(
  agent: AgentId,
  { floor, rules }: Queues,
  choices: DeskChoices,
  devices: readonly AgentDevice[],
  canConsult: boolean,
): DeskSetup {
  const own = rulesOf(rules, agent);
  const colleagues = [...floor.agents.values()].flatMap(({ id, state }) =>
    id === agent || state === 'signed-out' ? [] : [{ agent: id, state }],
  );
  return {
    queues: own.queues,
    ...choices,
    transferQueues: [...rules.queues.keys()],
    devices,
    canConsult,
    colleagues,
  };
}

/** Those of the agent's queues, in the order in which they are offered; then those that wait for another try. */
export function callbacksOf(agent: AgentId, { floor, rules }: Queues, at: number): readonly WaitingCallback[] {
  const queues = floor.agents.get(agent)?.profile.queues ?? rules.agents.get(agent)?.queues ?? {};
  const mine = [...floor.entries.values()].filter(
    ({ kind, queue }) => kind === 'callback' && queues[queue] !== undefined,
  );
  const waiting = inOrder(mine, rules.queues, at).map(({ entry }) => entry);
  const deferred = mine.filter(({ is }) => is.at === 'deferred').sort((a, b) => a.place - b.place);
  return [...waiting, ...deferred].map(({ id, queue, waitingSince, attempts, is }) => ({
    entry: id,
    queue,
    since: wallMs(waitingSince),
    ...(is.at === 'deferred' ? { retryAt: wallMs(is.until) } : {}),
    attempts,
  }));
}
