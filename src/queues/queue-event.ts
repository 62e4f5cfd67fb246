import type { ContactId } from '../domain/ids.ts';
import type { AgentId, AgentProfile, CallbackMiss, EntryId, Needs, QueueName } from './queue-fact.ts';
import type { WallMs } from '../domain/units.ts';

interface OfOffer {
  readonly entry: EntryId;
  readonly agent: AgentId;
  readonly fence: number;
}
/** Without an agent: the customer was called first. */
type OfDial = Omit<OfOffer, 'agent'> & Partial<Pick<OfOffer, 'agent'>>;

/** What happens outside and concerns the queues. */
export type QueueEvent =
  /** Whatever an earlier incarnation of the node had is gone. */
  | { readonly type: 'node-came-up'; readonly incarnation: string }
  | {
      readonly type: 'node-went';
      readonly node: string;
      readonly incarnation: string;
      readonly because: 'stopped' | 'silent';
    }
  | {
      readonly type: 'customer-asked';
      readonly entry: EntryId;
      readonly contact: ContactId;
      readonly queue: QueueName;
      readonly kind: 'call' | 'callback';
      readonly needs: Needs;
      /** Keyed hash of the customer's number. */
      readonly customer?: string;
      /** Of a callback: keyed hash of the number to be called, where it is another one. */
      readonly number?: string;
      /** Of a callback: Unix ms; the customer is not called earlier. */
      readonly notBefore?: WallMs;
      /** An agent asks for somebody to consult. */
      readonly consult?: true;
      /** Of the node that has the call. */
      readonly incarnation: string;
    }
  | {
      readonly type: 'customer-left';
      readonly entry: EntryId;
      readonly because: 'hung-up' | 'returned-to-bot' | 'cancelled';
    }
  /** @param number - keyed hash, where it is another one than the customer's */
  | { readonly type: 'callback-requested'; readonly entry: EntryId; readonly number?: string }
  /** The customer is called as soon as it is their turn, and not only when it is time again. */
  | { readonly type: 'callback-hurried'; readonly entry: EntryId }
  /** @param until - Unix ms: the customer is not called before, and keeps the place */
  | { readonly type: 'callback-postponed'; readonly entry: EntryId; readonly until: WallMs }
  | ({ readonly type: 'offer-accepted' } & OfOffer)
  | ({ readonly type: 'offer-refused'; readonly because: 'declined' | 'unreachable' | 'failed' } & OfOffer)
  | ({ readonly type: 'customer-reached' } & OfDial)
  | ({ readonly type: 'customer-unreached'; readonly because: CallbackMiss } & OfDial)
  | { readonly type: 'talk-held'; readonly entry: EntryId }
  | { readonly type: 'talk-resumed'; readonly entry: EntryId }
  | {
      readonly type: 'talk-ended';
      readonly entry: EntryId;
      readonly because:
        | 'completed'
        | 'customer-hung-up'
        | 'agent-hung-up'
        | 'agent-lost'
        | 'transferred'
        | 'returned-to-bot';
      /** The customer comes back, with the place that they had. */
      readonly keepsPlace?: true;
    }
  | { readonly type: 'wrap-up-ended'; readonly agent: AgentId }
  | ({ readonly type: 'agent-came'; readonly agent: AgentId; readonly device: string } & AgentProfile)
  | ({ readonly type: 'profile-changed'; readonly agent: AgentId } & AgentProfile)
  | {
      readonly type: 'agent-went';
      readonly agent: AgentId;
      readonly because: 'agent' | 'supervisor' | 'unreachable';
    }
  | {
      readonly type: 'agent-chose';
      readonly agent: AgentId;
      readonly state: 'available' | 'break';
      readonly reason?: string;
      readonly by: 'agent' | 'supervisor';
    }
  | { readonly type: 'agent-reach-changed'; readonly agent: AgentId; readonly reachable: boolean }
  | { readonly type: 'emergency-changed'; readonly queue: QueueName; readonly emergency: boolean }
  | { readonly type: 'entry-sent'; readonly entry: EntryId; readonly queue: QueueName }
  | {
      readonly type: 'satisfaction-given';
      readonly contact: ContactId;
      readonly queue: QueueName;
      readonly agent: AgentId;
      readonly flow: string;
      readonly flowVersion: number;
      readonly score: number;
    }
  | { readonly type: 'time-passed' };
