import type { ContactId } from '../domain/ids.ts';
import type { AgentId, AgentProfile, EntryId, Needs, QueueName } from './queue-fact.ts';

interface OfOffer {
  readonly entry: EntryId;
  readonly agent: AgentId;
  readonly fence: number;
}

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
      /** Of the node that has the call. */
      readonly incarnation: string;
    }
  | {
      readonly type: 'customer-left';
      readonly entry: EntryId;
      readonly because: 'hung-up' | 'returned-to-bot' | 'cancelled';
    }
  | { readonly type: 'callback-requested'; readonly entry: EntryId }
  | ({ readonly type: 'offer-accepted' } & OfOffer)
  | ({ readonly type: 'offer-refused'; readonly because: 'declined' | 'unreachable' | 'failed' } & OfOffer)
  | ({ readonly type: 'customer-reached' } & OfOffer)
  | ({ readonly type: 'customer-unreached'; readonly because: 'no-answer' | 'busy' | 'failed' } & OfOffer)
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
