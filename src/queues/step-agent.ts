import type { Agent } from './agent.ts';
import type { QueueEvent } from './queue-event.ts';
import { endOffer } from './step-offer.ts';
import { followWish } from './step-customer.ts';
import type { Stepping } from './stepping.ts';

type AgentEvent = Extract<
  QueueEvent,
  {
    readonly type:
      | 'agent-came'
      | 'profile-changed'
      | 'agent-went'
      | 'agent-chose'
      | 'agent-reach-changed'
      | 'wrap-up-ended';
  }
>;

export function stepAgentEvent(stepping: Stepping, event: AgentEvent): void {
  const agent = stepping.agents.get(event.agent);
  if (event.type === 'agent-came') return came(stepping, agent, event);
  if (agent === undefined || agent.state === 'signed-out') return;
  switch (event.type) {
    case 'profile-changed': {
      const { queues, skills, languages } = event;
      return stepping.note({ type: 'agent-profile-changed', agent: agent.id, queues, skills, languages });
    }
    case 'agent-reach-changed':
      return reach(stepping, agent, event.reachable);
    case 'agent-went':
      return went(stepping, agent, event.because);
    case 'agent-chose':
      return chose(stepping, agent, event);
    case 'wrap-up-ended':
      if (agent.state === 'wrap-up') endWrapUp(stepping, agent, 'agent');
  }
}

function came(
  stepping: Stepping,
  agent: Agent | undefined,
  { agent: id, device, queues, skills, languages }: Extract<AgentEvent, { readonly type: 'agent-came' }>,
): void {
  if (agent === undefined || agent.state === 'signed-out')
    return stepping.note({ type: 'agent-signed-in', agent: id, device, queues, skills, languages });
  // signed in already: a page that was loaded again, or a server that was started again. They go on as they were.
  if (!agent.reachable) stepping.note({ type: 'agent-reached', agent: id, reachable: true });
}

export function reach(stepping: Stepping, agent: Agent, reachable: boolean): void {
  if (agent.reachable === reachable) return;
  stepping.note({ type: 'agent-reached', agent: agent.id, reachable });
  if (!reachable) withdraw(stepping, agent, 'unreachable');
}

function withdraw(stepping: Stepping, agent: Agent, because: 'unreachable' | 'signed-out'): void {
  const entry = stepping.entries.get(agent.entry ?? '');
  if (agent.state === 'offered' && entry?.is.at === 'offered') endOffer(stepping, entry, entry.is, because);
}

/** Whoever talks is signed out when the conversation is over. */
function went(stepping: Stepping, agent: Agent, because: 'agent' | 'supervisor' | 'unreachable'): void {
  withdraw(stepping, agent, 'signed-out');
  const state = stepping.agents.get(agent.id)?.state;
  if (state === 'signed-out') return; // as they had asked for
  if (state === 'talking' || state === 'hold' || state === 'dialling') {
    if (agent.next?.state !== 'signed-out') stepping.note({ type: 'agent-asked', agent: agent.id, next: 'signed-out' });
  } else stepping.note({ type: 'agent-signed-out', agent: agent.id, because });
}

function chose(
  stepping: Stepping,
  agent: Agent,
  { state, reason, by }: Extract<AgentEvent, { readonly type: 'agent-chose' }>,
): void {
  const told = reason === undefined ? {} : { reason };
  switch (agent.state) {
    case 'available':
    case 'break':
    case 'not-answering':
      if (agent.state !== state || agent.reason !== reason)
        stepping.note({ type: 'agent-changed', agent: agent.id, state, ...told, because: by });
      return;
    default: {
      // the offer, the conversation and its wrap-up come first
      const next = state === 'break' ? 'break' : 'none';
      const before = agent.next?.state ?? 'none';
      if (before !== next || agent.next?.reason !== reason)
        stepping.note({ type: 'agent-asked', agent: agent.id, next, ...told });
    }
  }
}

export function endWrapUp(stepping: Stepping, agent: Agent, because: 'agent' | 'time'): void {
  if (agent.next === undefined) stepping.note({ type: 'agent-changed', agent: agent.id, state: 'available', because });
  else followWish(stepping, agent.id);
}
