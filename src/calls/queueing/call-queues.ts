import type { AgentLines } from '../../agents/agent-lines.ts';
import type { Attendance } from '../../agents/attended-entry.ts';
import type { ContactContexts } from '../../agents/contact-contexts.ts';
import type { ContactContext } from '../../domain/contact-context.ts';
import type { ContactId } from '../../domain/ids.ts';
import type { QueuePhrases } from '../../language/queue-wording.ts';
import type { AgentId, EntryId, QueueName } from '../../queues/queue-fact.ts';
import type { QueueService } from '../../queues/queue-service.ts';
import type { EndpointEvent, TrackName } from '../../media/media-server.ts';
import type { Recording } from '../../recording/recorder.ts';
import type { CallServices } from '../call-services.ts';
import type { AnchoredLeg } from '../leg/anchored-leg.ts';

/** The way from a call to an agent, whatever they speak through. */
export interface AgentWay {
  /** To be joined with the customer's; it is where the customer's is, and records the agent. */
  readonly leg: AnchoredLeg;
  /** Who calls has to be told to the agent, who accepts by a key. */
  readonly whispers: boolean;
  /** The agent hears what is joined to the leg, and is heard there. */
  open(): void;
  close(): Promise<void>;
}

export interface WayUser {
  onEnded(because: 'left' | 'lost'): void;
  /** The agent's browser has gone, and may come back. */
  onAway(): void;
  onBack(): void;
  onKey(key: string): void;
  /** What the media of the way tells: ends of what is played on it. */
  onEvent(event: EndpointEvent): void;
}

/** For whom a way is made. */
export interface WayRequest {
  readonly contact: ContactId;
  /** The leg beside which the way's has to be. */
  readonly caller: AnchoredLeg;
  readonly track: TrackName;
  readonly recording: Recording | undefined;
  /** The call is over, or the way is not wanted any more. */
  readonly over: AbortSignal;
}

/** The calls that browsers of agents are kept in. */
export interface StandingLines extends AgentLines, AsyncDisposable {
  /** @throws IvrError AGENT_UNREACHABLE; as `createEndpoint` */
  wayTo(agent: AgentId, request: WayRequest, user: WayUser): Promise<AgentWay>;
}

/** What is kept of a callback apart from the journal, until it is over. */
export interface KeptCallback {
  /** To be called. */
  readonly number: string;
  /** The number of ours that they had called. */
  readonly line: string;
  /** Whose words are spoken. */
  readonly dialplan: string;
  /** Of the contact in which it was asked for, as it was then. */
  readonly context: ContactContext;
}

export interface KeptCallbacks {
  /** @throws IvrError STORAGE_FAILED */
  keep(entry: EntryId, callback: KeptCallback): Promise<void>;
  /** It is over, or never was. */
  forget(entry: EntryId): Promise<void>;
  /** Undefined: nothing is kept of it. @throws IvrError STORAGE_FAILED */
  of(entry: EntryId): Promise<KeptCallback | undefined>;
  /** Whether that customer may have that number called, another one or their own; so often in a day and no more. */
  allows(customer: string | undefined, number: string): boolean;
}

/** What calls need of the queues. */
export interface CallQueues {
  readonly service: QueueService;
  readonly desks: Attendance;
  readonly contexts: ContactContexts;
  readonly lines: StandingLines;
  readonly callbacks: KeptCallbacks;
  /** Of dialplans that name none; undefined: those call a person by the configuration. */
  readonly defaultQueue: () => QueueName | undefined;
  readonly phrases: (language: string) => QueuePhrases;
  /** What the bank calls itself in that language. */
  readonly bank: (language: string) => string | undefined;
  /** Keyed hash of a number; undefined: it was withheld. */
  readonly customerOf: (number: string) => string | undefined;
  /** SIP address of a desk telephone. */
  readonly telephoneOf: (agent: AgentId) => string | undefined;
  /** What a supervisor can be called by, the first that answers. */
  readonly supervisorWays: (supervisor: string) => readonly { readonly uri: string; readonly browser: boolean }[];
  /** Whom the customer talked to last. */
  readonly lastAgentOf: (customer: string) => AgentId | undefined;
  /** Of the customer, the newest first, without that one. */
  readonly pastContactsOf: (customer: string, but: ContactId) => ContactContext['pastContacts'];
  /** Of the contact's customer. @throws IvrError STORAGE_FAILED */
  readonly ticketsOf: (contact: ContactId) => Promise<ContactContext['tickets']>;
}

/** The services of calls on a line that has queues. */
export type QueueingServices = CallServices & { readonly queues: CallQueues };
