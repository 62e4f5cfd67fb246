import type { ContactContext } from '../domain/contact-context.ts';
import type { ContactId } from '../domain/ids.ts';
import type { WallMs } from '../domain/units.ts';
import type { AgentId, EntryId } from '../queues/queue-fact.ts';
import type { Appointment, Talk, TransferTarget } from './agent-desk.ts';
import type { MonitoringMode } from './supervision.ts';

/* PORT between the desks and whoever has the call of an entry. */

/** What an agent does with the customer whom they are offered or talk to. */
export type TalkCommand =
  | { readonly type: 'accept'; readonly fence: number }
  | { readonly type: 'decline'; readonly fence: number }
  | { readonly type: 'hold'; readonly held: boolean }
  | { readonly type: 'hang-up' }
  | { readonly type: 'pause-recording'; readonly paused: boolean }
  | { readonly type: 'transfer'; readonly to: TransferTarget }
  | { readonly type: 'consult'; readonly to: TransferTarget }
  | { readonly type: 'conference' }
  | { readonly type: 'complete-transfer' }
  | { readonly type: 'end-consult' }
  | { readonly type: 'return-to-bot'; readonly purpose: 'verify' | 'satisfaction' }
  | { readonly type: 'end-verification' };

/** A supervisor hears a conversation. */
export interface Monitoring {
  setMode(mode: MonitoringMode): void;
  /** Idempotent. */
  stop(): Promise<void>;
  /** The conversation is over, or the supervisor has hung up. */
  readonly ended: Promise<void>;
}

export type TalkState = Pick<Talk, 'since' | 'held' | 'others' | 'verification'> & { readonly pausedUntil?: WallMs };

export interface AttendedEntry {
  readonly contact: ContactId;
  context(): ContactContext;
  /** Undefined: nobody is talked to. */
  talk(): TalkState | undefined;
  /** @throws IvrError OFFER_OVER, NO_TALK, NO_CONSULT, TRANSFER_REFUSED, STORAGE_FAILED */
  do(command: TalkCommand): Promise<void>;
  /** The customer is called back at that time, for that agent if at work. @throws IvrError NO_TALK, TRANSFER_REFUSED, USAGE, STORAGE_FAILED */
  callBack(agent: AgentId, appointment: Appointment): Promise<void>;
  /** Calls the supervisor, who hears the conversation. @throws IvrError NO_TALK, AGENT_UNREACHABLE */
  monitor(supervisor: string, mode: MonitoringMode): Promise<Monitoring>;
}

/** The desks as calls see them. */
export interface Attendance {
  /** From now on the entry's offers and conversations are shown, and commands for it go there. @returns the way to stop */
  attend(entry: EntryId, by: AttendedEntry): () => void;
  /** The conversation has begun, or something of it changed. */
  show(entry: EntryId): void;
  /** Nobody can be reached there at present. */
  unreachable(agent: AgentId): void;
}
