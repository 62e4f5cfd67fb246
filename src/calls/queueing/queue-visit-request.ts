import type { EndpointEvent } from '../../media/media-server.ts';
import type { AgentId, QueueName } from '../../queues/queue-fact.ts';
import type { Conference, Part } from '../conference/conference.ts';
import type { TransferRequest } from '../transfer/transfer-request.ts';

export interface QueueVisitRequest extends TransferRequest {
  /** Of the call, once there is one; default: a new one. */
  readonly conference?: Conference;
  /** The visit is made for an agent who consults: the part of whom they consult, and who that has to be. `caller` is the agent's leg. */
  readonly behalf?: { readonly part: Part; readonly agent?: AgentId };
  readonly queue: QueueName;
  readonly because: string;
  /** @returns the way to stop */
  readonly onCustomerEvent: (listener: (event: EndpointEvent) => void) => () => void;
}
