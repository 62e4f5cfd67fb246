import type { ContactId } from '../domain/ids.ts';
import type { WallMs } from '../domain/units.ts';

/*
 * The one vocabulary of what happens to queues, their entries and agents. The journal of these rows is the truth: the state of all queues is
 * its fold (floor.ts), reports are computed from it, and `queues prove` reads nothing else. A field is added, never renamed.
 */

export const QUEUE_JOURNAL_VERSION = 1;

export type EntryId = string;
export type AgentId = string;
export type QueueName = string;

/** Why somebody was not let in. */
export type Refusal = 'closed' | 'emergency' | 'full' | 'unstaffed' | 'unknown-queue';
/** `callback-pending`: they are to be called back at that number already. */
export type CallbackRefusal = Refusal | 'callback-pending';
/** Why an offer did not become a conversation. `unreachable`: the agent's desk or telephone is gone, which is no refusal. */
export type OfferEnd = 'declined' | 'no-answer' | 'unreachable' | 'signed-out' | 'failed' | 'node-lost';
/**
 * Why a customer who was called back was not reached. `unproved`: it was answered, by no person who said that they are there. `not-called`: this
 * server, or the trunk, could not call at that time, which does not count as a try.
 */
export type CallbackMiss = 'no-answer' | 'busy' | 'declined' | 'unproved' | 'failed' | 'not-called';
export type EntryEnd =
  | 'abandoned'
  | 'completed'
  | 'customer-hung-up'
  | 'agent-hung-up'
  /** Their browser or telephone has gone, and the customer is still there. */
  | 'agent-lost'
  | 'transferred'
  | 'returned-to-bot'
  | 'cancelled'
  | 'not-reached'
  /** Of a callback: the customer called in, or is to be called back already. */
  | 'merged'
  | 'node-lost';
export type AgentState =
  | 'signed-out'
  | 'available'
  | 'offered'
  | 'dialling'
  | 'talking'
  | 'hold'
  | 'wrap-up'
  | 'break'
  | 'not-answering';

/** What an entry asks of an agent. */
export interface Needs {
  /** Least level by skill. */
  readonly skills: Readonly<Record<string, number>>;
  readonly language?: string;
  readonly value_class?: string;
  readonly problem?: string;
  /** Whom the customer talked to last. */
  readonly last_agent?: AgentId;
}

export interface AgentProfile {
  /** Level by queue that the agent works on. */
  readonly queues: Readonly<Record<QueueName, number>>;
  readonly skills: Readonly<Record<string, number>>;
  readonly languages: readonly string[];
}

interface OfEntry {
  readonly entry: EntryId;
}
interface OfAgent {
  readonly agent: AgentId;
}
interface OfOffer extends OfEntry, OfAgent {
  /** Number of the row that made the offer: whoever answers with another one is too late. */
  readonly fence: number;
}

/** A call to a customer: after an offer, or first. */
interface OfDial extends OfEntry {
  readonly agent?: AgentId;
  readonly fence: number;
}

export interface EntryJoined extends OfEntry {
  readonly type: 'entry-joined';
  readonly contact: ContactId;
  readonly queue: QueueName;
  readonly kind: 'call' | 'callback';
  /** Entries of the same rules are served in the order of their places. */
  readonly rules: string;
  /** Number of the row with which the customer first joined. */
  readonly place: number;
  /** When that was: the wait counts from there. */
  readonly waiting_since: WallMs;
  readonly priority: number;
  readonly needs: Needs;
  /** Keyed hash of the customer's number. */
  readonly customer?: string;
  /** Of a callback: keyed hash of the number that is called, where it is another one. */
  readonly number?: string;
  /** Of a callback: the customer is not called earlier. */
  readonly not_before?: WallMs;
  /** Where the customer's call is. */
  readonly node?: string;
  readonly incarnation?: string;
  /** An agent asks for somebody to consult. */
  readonly consult?: true;
  /** The entry whose place it takes again. */
  readonly returned_from?: EntryId;
}

export type QueueFact =
  | { readonly type: 'node-started'; readonly node: string; readonly incarnation: string }
  | {
      readonly type: 'node-ended';
      readonly node: string;
      readonly incarnation: string;
      readonly because: 'stopped' | 'restarted' | 'silent';
    }
  | { readonly type: 'queue-changed'; readonly queue: QueueName; readonly emergency: boolean }
  | {
      readonly type: 'entry-refused';
      readonly contact: ContactId;
      readonly queue: QueueName;
      readonly because: CallbackRefusal;
    }
  | EntryJoined
  | (OfEntry & {
      readonly type: 'entry-moved';
      readonly queue: QueueName;
      readonly rules: string;
      readonly priority: number;
      readonly because: 'overflow' | 'supervisor';
    })
  | (OfEntry & { readonly type: 'entry-became-callback'; readonly number?: string })
  | (OfOffer & {
      readonly type: 'entry-offered';
      /** The lease: at that time the offer is over, whoever is still alive. */
      readonly until: WallMs;
      readonly ring: number;
    })
  | (OfOffer & {
      readonly type: 'offer-ended';
      readonly because: OfferEnd;
      readonly agent_state: 'available' | 'not-answering';
      readonly agent_until?: WallMs;
    })
  /** The agent has taken the callback, and the customer is called; without an agent: the customer is called first, with a fence of its own. */
  | (OfDial & {
      readonly type: 'callback-dialled';
      readonly attempt: number;
      readonly until: WallMs;
      /** Without an agent: where the customer's call will be. */
      readonly node?: string;
      readonly incarnation?: string;
    })
  /** The customer, who was called first, is there and waits for an agent as any caller does. */
  | (OfEntry & { readonly type: 'callback-reached'; readonly fence: number })
  | (OfDial & {
      readonly type: 'callback-unreached';
      readonly because: CallbackMiss | 'node-lost';
      /** When the customer is called again; the entry keeps its place. */
      readonly retry_at: WallMs;
      /** Tries that count. */
      readonly attempts: number;
    })
  /** Nobody is called back now: the queue is closed, or in emergency; or it was put off. */
  | (OfEntry & {
      readonly type: 'callback-deferred';
      readonly until: WallMs;
      readonly because: 'closed' | 'emergency' | 'postponed';
    })
  | (OfEntry & { readonly type: 'callback-due' })
  | (OfOffer & { readonly type: 'entry-answered' })
  | (OfEntry & OfAgent & { readonly type: 'entry-held' })
  | (OfEntry & OfAgent & { readonly type: 'entry-resumed' })
  | (OfEntry & {
      readonly type: 'entry-ended';
      readonly because: EntryEnd;
      /** Who had it, or was offered it. */
      readonly agent?: AgentId;
      /** Absent: the agent is available at once. */
      readonly wrap_up_until?: WallMs;
      /** Until then the customer who calls again gets the place back. */
      readonly keep_until?: WallMs;
    })
  | (OfAgent & { readonly type: 'agent-signed-in'; readonly device: string } & AgentProfile)
  | (OfAgent & { readonly type: 'agent-profile-changed' } & AgentProfile)
  | (OfAgent & { readonly type: 'agent-signed-out'; readonly because: 'agent' | 'supervisor' | 'unreachable' })
  | (OfAgent & {
      readonly type: 'agent-changed';
      readonly state: 'available' | 'break';
      readonly reason?: string;
      readonly because: 'agent' | 'supervisor' | 'time';
    })
  /** While talking: what the agent does afterwards. */
  | (OfAgent & {
      readonly type: 'agent-asked';
      readonly next: 'break' | 'signed-out' | 'none';
      readonly reason?: string;
    })
  | (OfAgent & { readonly type: 'agent-reached'; readonly reachable: boolean })
  | {
      readonly type: 'satisfaction-answered';
      readonly contact: ContactId;
      readonly queue: QueueName;
      readonly agent: AgentId;
      readonly flow: string;
      readonly flow_version: number;
      readonly score: number;
    };

export interface QueueStamp {
  readonly v: typeof QUEUE_JOURNAL_VERSION;
  /** 1, 2, 3… in the journal, without gaps. */
  readonly seq: number;
  /** Unix ms; never earlier than the row before. */
  readonly at: WallMs;
  /** The node that wrote it. */
  readonly by: string;
  /** How many rows there are of this entry, and of this agent, with this one. */
  readonly entry_step?: number;
  readonly agent_step?: number;
}

export type QueueRow = QueueStamp & QueueFact;
