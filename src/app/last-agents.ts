import type { QueueService } from '../queues/queue-service.ts';
import type { AgentId } from '../queues/queue-fact.ts';

const MOST = 50_000;

/** Whom each customer talked to last, as the rows of the queues have told since the start. */
export function lastAgents({ floor, subscribe }: Pick<QueueService, 'floor' | 'subscribe'>): {
  readonly of: (customer: string) => AgentId | undefined;
  readonly stop: () => void;
} {
  const agents = new Map<string, AgentId>();
  const waiting = new Map<string, string>();
  for (const { id, customer } of floor.entries.values()) if (customer !== undefined) waiting.set(id, customer);
  const stop = subscribe((row) => {
    if (row.type === 'entry-joined' && row.customer !== undefined) waiting.set(row.entry, row.customer);
    if (row.type === 'entry-ended') waiting.delete(row.entry);
    const customer = row.type === 'entry-answered' ? waiting.get(row.entry) : undefined;
    if (customer === undefined || row.type !== 'entry-answered') return;
    agents.delete(customer);
    agents.set(customer, row.agent);
    for (const oldest of agents.keys()) {
      if (agents.size <= MOST) break;
      agents.delete(oldest);
    }
  });
  return { of: (customer) => agents.get(customer), stop };
}
