import type { AgentId } from '../queues/queue-fact.ts';
import type { ContactContext } from '../domain/contact-context.ts';
import type { TicketRequest } from './agent-desk.ts';

/** PORT to where tickets are kept. */
export interface Tickets {
  /** @throws IvrError STORAGE_FAILED */
  open(agent: AgentId, ticket: TicketRequest): Promise<{ readonly id: string }>;
  /** Of the contact, the newest first. */
  of(contact: ContactContext['contact']): Promise<ContactContext['tickets']>;
}
