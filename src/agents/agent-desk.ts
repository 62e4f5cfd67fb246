import type { ContactContext, ContextLine } from '../domain/contact-context.ts';
import type { ContactId } from '../domain/ids.ts';
import type { WallMs } from '../domain/units.ts';
import type { AgentId, AgentState, EntryEnd, EntryId, OfferEnd, QueueName } from '../queues/queue-fact.ts';

/*
 * PORT between the calls and whatever an agent works with: the desk in a browser, or a desk telephone with a whisper and keys.
 */

/** What the agent speaks through. `browser`: the telephone of the console; `telephone`: the one that is registered by their name. */
export type AgentDevice = 'browser' | 'telephone';

export interface DeskState {
  readonly agent: AgentId;
  readonly state: AgentState;
  readonly since: WallMs;
  /** When the state ends by itself. */
  readonly until?: WallMs;
  /** Of a break. */
  readonly reason?: string;
  /** What they asked to do after the conversation. */
  readonly next?: 'break' | 'signed-out';
  readonly device?: AgentDevice;
  /** Level by queue. */
  readonly queues: Readonly<Record<QueueName, number>>;
}

export interface Offer {
  readonly entry: EntryId;
  /** Whoever answers with another one is too late. */
  readonly fence: number;
  readonly queue: QueueName;
  readonly kind: 'call' | 'callback';
  readonly until: WallMs;
  readonly waitedMs: number;
  readonly context: ContactContext;
}

export interface Talk {
  readonly entry: EntryId;
  readonly contact: ContactId;
  readonly queue: QueueName;
  readonly since: WallMs;
  readonly held: boolean;
  /** When the recording goes on by itself; absent: it is recorded. */
  readonly pausedUntil?: WallMs;
  /** Whether the bot can verify the customer again, and does; the customer is on hold then, and the agent waits. */
  readonly verification: 'none' | 'possible' | 'under-way';
  /** Others in the conversation: a consulted person, who hears the customer or not yet. */
  readonly others: readonly { readonly to: string; readonly state: 'ringing' | 'consulting' | 'joined' }[];
  readonly context: ContactContext;
}

export type DeskEvent =
  | ({ readonly type: 'state' } & DeskState)
  /** Comes before anything rings. */
  | { readonly type: 'offer'; readonly offer: Offer }
  | { readonly type: 'offer-ended'; readonly entry: EntryId; readonly because: OfferEnd | EntryEnd | 'accepted' }
  /** The conversation began, or something of it changed. */
  | { readonly type: 'talk'; readonly talk: Talk }
  | { readonly type: 'line'; readonly contact: ContactId; readonly line: ContextLine }
  | { readonly type: 'talk-ended'; readonly entry: EntryId; readonly contact: ContactId; readonly because: EntryEnd }
  /** Of the agent's own line: estimated MOS 1…5, loss 0…1. */
  | { readonly type: 'quality'; readonly mos: number; readonly loss: number }
  /** Those who are to be called back are others than before, or at other times. */
  | { readonly type: 'callbacks' }
  | { readonly type: 'message'; readonly from: string; readonly text: string; readonly at: WallMs };

/** Where a conversation is passed on to. */
export type TransferTarget = { readonly queue: QueueName } | { readonly agent: AgentId } | { readonly number: string };

export interface WrapUp {
  readonly contact: ContactId;
  readonly reason: string;
  readonly notes: string;
}

export interface TicketRequest {
  readonly contact: ContactId;
  readonly department: string;
  readonly text: string;
}

/** What an agent may choose from, by the configuration and by who is there. */
export interface DeskSetup {
  /** Level by queue that the agent may work on. */
  readonly queues: Readonly<Record<QueueName, number>>;
  readonly breakReasons: readonly string[];
  readonly wrapUpReasons: readonly string[];
  /** Of tickets: within `slaMs` the department answers. */
  readonly departments: readonly { readonly name: string; readonly slaMs: number }[];
  readonly transferQueues: readonly QueueName[];
  /** What the agent can be reached by on this server. */
  readonly devices: readonly AgentDevice[];
  /** Whether somebody can be consulted while the customer waits: else it is not offered. */
  readonly canConsult: boolean;
  /** Others who are signed in. */
  readonly colleagues: readonly { readonly agent: AgentId; readonly state: AgentState }[];
}

/** A customer of the agent's queues who is to be called back. */
export interface WaitingCallback {
  readonly entry: EntryId;
  readonly queue: QueueName;
  /** When the customer first asked. */
  readonly since: WallMs;
  /** When they are called, where it is not as soon as it is their turn. */
  readonly retryAt?: WallMs;
  /** They are being called, or an agent is offered them. */
  readonly underWay?: true;
  readonly attempts: number;
}

/** What somebody decides about a callback. `postpone`: Unix ms, not before then. */
export type CallbackOrder =
  | { readonly do: 'now' }
  | { readonly do: 'cancel' }
  | { readonly do: 'postpone'; readonly until: WallMs };

/** When a customer wants to be called. */
export interface Appointment {
  /** Unix ms; not earlier. */
  readonly at: WallMs;
  /** Default: the one that they call from. */
  readonly number?: string;
}

/** Every command is refused by name when it does not fit what is: the desk may be a moment behind. */
export interface AgentDesks {
  /** @throws IvrError AGENT_UNKNOWN: the configuration of the queues does not have them */
  setup(agent: AgentId): DeskSetup;
  /** In the order in which they will be offered. */
  callbacks(agent: AgentId): readonly WaitingCallback[];
  /** Of one of the agent's queues. @throws IvrError NOT_FOUND, CONFLICT (they are being called), USAGE (the queue is closed then) */
  orderCallback(agent: AgentId, entry: EntryId, order: CallbackOrder): Promise<void>;
  /**
   * With `browser` the agent's browser is called at once, by an INVITE with `X-Agent-Line: standing` that the page answers by itself, and kept in that call;
   * a page that was loaded again signs in once more, which calls it anew.
   *
   * @throws IvrError AGENT_UNKNOWN, AGENT_UNREACHABLE, CONFLICT (with another device)
   */
  signIn(agent: AgentId, device: AgentDevice, queues?: readonly QueueName[]): Promise<void>;
  signOut(agent: AgentId): Promise<void>;
  choose(agent: AgentId, state: 'available' | 'break', reason?: string): Promise<void>;
  /** @throws IvrError OFFER_OVER */
  accept(agent: AgentId, entry: EntryId, fence: number): Promise<void>;
  decline(agent: AgentId, entry: EntryId, fence: number): Promise<void>;
  /** @throws IvrError NO_TALK, here and below: the agent is not in a conversation */
  hold(agent: AgentId, held: boolean): Promise<void>;
  hangUp(agent: AgentId): Promise<void>;
  /** The recording goes on by itself after a while, and at the latest when the conversation ends. */
  pauseRecording(agent: AgentId, paused: boolean): Promise<void>;
  /** Passes the customer on, and leaves. @throws IvrError TRANSFER_REFUSED */
  transfer(agent: AgentId, to: TransferTarget): Promise<void>;
  /** Calls somebody while the customer hears music. @throws IvrError TRANSFER_REFUSED */
  consult(agent: AgentId, to: TransferTarget): Promise<void>;
  /** All three talk. @throws IvrError NO_CONSULT, here and below */
  conference(agent: AgentId): Promise<void>;
  /** The customer talks to who was consulted, the agent leaves. */
  completeTransfer(agent: AgentId): Promise<void>;
  endConsult(agent: AgentId): Promise<void>;
  /**
   * The bot goes on: it verifies the customer again and comes back, while the agent waits or hangs up, or asks how satisfied they are.
   *
   * @throws IvrError TRANSFER_REFUSED
   */
  returnToBot(agent: AgentId, purpose: 'verify' | 'satisfaction'): Promise<void>;
  /** The agent does not wait for the bot any longer, and has the customer back. */
  endVerification(agent: AgentId): Promise<void>;
  /** The customer whom the agent talks to is called back at that time. @throws IvrError TRANSFER_REFUSED, USAGE (the queue is closed then) */
  bookCallback(agent: AgentId, appointment: Appointment): Promise<void>;
  wrapUp(agent: AgentId, wrapUp: WrapUp): Promise<void>;
  openTicket(agent: AgentId, ticket: TicketRequest): Promise<{ readonly id: string }>;
  /**
   * Told at once of what is: the state, an offer or a conversation under way, the conversation that is to be wrapped up (after a reload of the page), then of what changes. While a `browser` desk
   * has no listener for longer than the queues allow the agent is signed out.
   *
   * @returns the way to stop
   */
  subscribe(agent: AgentId, listener: (event: DeskEvent) => void): () => void;
}
