import type { AgentId } from '../queues/queue-fact.ts';

/** PORT: the calls that browsers of agents are kept in between conversations, so that accepting one takes no time. */
export interface AgentLines {
  /**
   * Calls the agent's browser, anew if it was called before, and keeps the call.
   *
   * @throws IvrError AGENT_UNREACHABLE
   */
  open(agent: AgentId): Promise<void>;
  isOpen(agent: AgentId): boolean;
  close(agent: AgentId): Promise<void>;
  /** Told when a browser has gone. */
  onLost(listener: (agent: AgentId) => void): void;
  /** Told of how well an agent is heard: estimated MOS 1…5, loss 0…1. */
  onQuality(listener: (agent: AgentId, quality: { readonly mos: number; readonly loss: number }) => void): void;
}
