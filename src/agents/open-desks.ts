import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { AgentId } from '../queues/queue-fact.ts';
import type { QueueService } from '../queues/queue-service.ts';
import type { AgentDesks, AgentDevice, WrapUp } from './agent-desk.ts';
import type { AgentLines } from './agent-lines.ts';
import type { AttendedEntry, Attendance } from './attended-entry.ts';
import type { ContactContexts } from './contact-contexts.ts';
import type { DeskChoices } from './desk-views.ts';
import type { Tickets } from './tickets.ts';

export interface DesksOptions {
  readonly queues: Pick<QueueService, 'floor' | 'rules' | 'tell' | 'subscribe'>;
  readonly choices: () => DeskChoices;
  /** What an agent can be reached by: a browser where those can call, a telephone where an address of it is known. */
  readonly devicesOf: (agent: AgentId) => readonly AgentDevice[];
  /** Somebody can be consulted while the customer waits: the media joins more than two. */
  readonly canConsult: boolean;
  readonly contexts: ContactContexts;
  readonly tickets: Tickets;
  /** Keeps what an agent says of a contact, whose call may be over. */
  readonly wrappedUp: (agent: AgentId, wrapUp: WrapUp) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenDesks extends AgentDesks, Attendance, AsyncDisposable {
  /** Whoever calls the browsers of agents. Until then nobody signs in with one. */
  use(lines: AgentLines): void;
  /** The conversation that the agent is in. */
  attendedBy(agent: AgentId): AttendedEntry | undefined;
  /** Told to all who are signed in to one of the queues; of none: to all. */
  broadcast(from: string, text: string, queues: readonly string[]): void;
}
