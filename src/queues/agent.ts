import type { AgentId, AgentProfile, AgentState, EntryId, QueueRow } from './queue-fact.ts';
import { type WallMs, wallMs } from '../domain/units.ts';

export interface Agent {
  readonly id: AgentId;
  readonly profile: AgentProfile;
  readonly device: string;
  readonly state: AgentState;
  readonly since: WallMs;
  /** When the state ends by itself. */
  readonly until: WallMs | undefined;
  /** Of a break. */
  readonly reason: string | undefined;
  /** What they are offered, talk to, or wrap up. */
  readonly entry: EntryId | undefined;
  /** What they have asked to do after the conversation. */
  readonly next: { readonly state: 'break' | 'signed-out'; readonly reason: string | undefined } | undefined;
  /** Their desk, or telephone, was heard of a moment ago. */
  readonly reachable: boolean;
  /** When that was found out. */
  readonly reachedAt: WallMs;
  /** The node that hears of them. */
  readonly node: string | undefined;
  readonly steps: number;
}

const NOBODY: Omit<Agent, 'id'> = {
  profile: { queues: {}, skills: {}, languages: [] },
  device: '',
  state: 'signed-out',
  since: wallMs(0),
  until: undefined,
  reason: undefined,
  entry: undefined,
  next: undefined,
  reachable: false,
  reachedAt: wallMs(0),
  node: undefined,
  steps: 0,
};

export const unknownAgent = (id: AgentId): Agent => ({ id, ...NOBODY });

/**
 * The machine of one agent.
 *
 * @returns the agent after the row; undefined: the row cannot follow on what was before
 */
export function agentAfter(agent: Agent, row: QueueRow): Agent | undefined {
  const { state } = agent;
  const steps = agent.steps + 1;
  const to = (next: AgentState, more: Partial<Agent> = {}): Agent => ({
    ...agent,
    until: undefined,
    reason: undefined,
    entry: undefined,
    ...more,
    state: next,
    since: row.at,
    steps,
  });
  const theirs = 'entry' in row && agent.entry === row.entry;
  switch (row.type) {
    case 'agent-signed-in': {
      if (state !== 'signed-out') return undefined;
      const { queues, skills, languages, device } = row;
      return to('available', {
        profile: { queues, skills, languages },
        device,
        reachable: true,
        reachedAt: row.at,
        node: row.by,
        next: undefined,
      });
    }
    case 'agent-profile-changed': {
      if (state === 'signed-out') return undefined;
      const { queues, skills, languages } = row;
      return { ...agent, profile: { queues, skills, languages }, steps };
    }
    case 'agent-signed-out':
      if (!['available', 'break', 'not-answering', 'wrap-up'].includes(state)) return undefined;
      return to('signed-out', { reachable: false, next: undefined });
    case 'agent-changed':
      if (!['available', 'break', 'not-answering', 'wrap-up'].includes(state)) return undefined;
      return to(row.state, { reason: row.reason, next: undefined });
    case 'agent-asked': {
      if (!['offered', 'dialling', 'talking', 'hold', 'wrap-up'].includes(state)) return undefined;
      const next = row.next === 'none' ? undefined : { state: row.next, reason: row.reason };
      return { ...agent, next, steps };
    }
    case 'agent-reached':
      if (state === 'signed-out') return undefined;
      return { ...agent, reachable: row.reachable, reachedAt: row.at, node: row.by, steps };
    case 'entry-offered':
      return state === 'available' ? to('offered', { entry: row.entry, until: row.until }) : undefined;
    case 'offer-ended':
      return state === 'offered' && theirs ? to(row.agent_state, { until: row.agent_until }) : undefined;
    case 'callback-dialled':
      return state === 'offered' && theirs ? to('dialling', { entry: row.entry, until: row.until }) : undefined;
    case 'callback-unreached':
      return state === 'dialling' && theirs ? to('available') : undefined;
    case 'entry-answered':
      if (!theirs || (state !== 'offered' && state !== 'dialling')) return undefined;
      return to('talking', { entry: row.entry });
    case 'entry-held':
      return state === 'talking' && theirs ? to('hold', { entry: row.entry }) : undefined;
    case 'entry-resumed':
      return state === 'hold' && theirs ? to('talking', { entry: row.entry }) : undefined;
    case 'entry-ended':
      if (!theirs || !['offered', 'dialling', 'talking', 'hold'].includes(state)) return undefined;
      return row.wrap_up_until === undefined
        ? to('available')
        : to('wrap-up', { entry: row.entry, until: row.wrap_up_until });
    default:
      return undefined;
  }
}
