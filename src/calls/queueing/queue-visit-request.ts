import type { ContactId } from '../../domain/ids.ts';
import type { EndpointEvent } from '../../media/media-server.ts';
import type { AgentId, EntryId, Needs, QueueName } from '../../queues/queue-fact.ts';
import type { Conference, Part } from '../conference/conference.ts';
import type { TransferRequest } from '../transfer/transfer-request.ts';
import type { WallMs } from '../../domain/units.ts';

/** The call's bot as a visit sees it. */
export interface VerifyingBot {
  /** The bot has the customer until the dialplan asks for a person again. @param onBack - called then, once */
  lend(onBack: () => void): void;
  /** The bot gives the customer back at once. */
  takeBack(): void;
}

export interface QueueVisitRequest extends TransferRequest {
  /** Of the call, once there is one; default: a new one. */
  readonly conference?: Conference;
  /** The visit is made for an agent who consults: the part of whom they consult, and who that has to be. `caller` is the agent's leg. */
  readonly behalf?: { readonly part: Part; readonly agent?: AgentId };
  /** The call's bot verifies the customer again; absent: the dialplan has no way to. */
  readonly bot?: VerifyingBot;
  readonly queue: QueueName;
  readonly because: string;
  /** The customer was called back: the entry that they wait in, which tells what they need, and the lease of the call. */
  readonly callback?: {
    readonly entry: EntryId;
    readonly fence: number;
    readonly needs: Needs;
    /** Keyed hash of the customer's number. */
    readonly customer: string | undefined;
    /** When they asked for somebody. */
    readonly askedAt: WallMs;
    /** The contact in which they did. */
    readonly earlier: ContactId;
  };
  /** @returns the way to stop */
  readonly onCustomerEvent: (listener: (event: EndpointEvent) => void) => () => void;
}
