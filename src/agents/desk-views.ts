import { wallMs, type WallMs } from '../domain/units.ts';
import type { Floor } from '../queues/floor.ts';
import type { AgentId, QueueName } from '../queues/queue-fact.ts';
import type { QueueSet } from '../queues/queue-rules.ts';
import type { AgentDevice, DeskSetup, DeskState, WaitingCallback } from './agent-desk.ts';
import { rulesOf } from './agent-profile.ts';
import { callbacksIn } from './callback-orders.ts';

/** What agents choose from at their desks, besides queues and colleagues. */
export type DeskChoices = Pick<DeskSetup, 'breakReasons' | 'wrapUpReasons' | 'departments'>;

interface Queues {
  readonly floor: Floor;
  readonly rules: QueueSet;
}

export function stateOf(agent: AgentId, floor: Pick<Floor, 'agents'>): DeskState {
  const now = floor.agents.get(agent);
  if (now === undefined || now.state === 'signed-out')
    return { agent, state: 'signed-out', since: now?.since ?? wallMs(0), queues: {} };
  const { state, since, until, reason, next, device, profile } = now;
  return {
    agent,
    state,
    since,
    ...(until === undefined ? {} : { until }),
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

/** Those of the agent's queues. */
export function callbacksOf(agent: AgentId, queues: Queues, at: WallMs): readonly WaitingCallback[] {
  const own = queuesOf(agent, queues);
  return callbacksIn((queue) => own[queue] !== undefined, queues, at);
}

/** The queues whose callbacks an agent sees, with the agent's levels. */
export const queuesOf = (agent: AgentId, { floor, rules }: Queues): Readonly<Record<QueueName, number>> => {
  const now = floor.agents.get(agent)?.profile.queues ?? {};
  return Object.keys(now).length > 0 ? now : (rules.agents.get(agent)?.queues ?? {});
};
