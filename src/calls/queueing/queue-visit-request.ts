import type { EndpointEvent } from '../../media/media-server.ts';
import type { QueueName } from '../../queues/queue-fact.ts';
import type { TransferRequest } from '../transfer/transfer-request.ts';

export interface QueueVisitRequest extends TransferRequest {
  readonly queue: QueueName;
  readonly because: string;
  /** @returns the way to stop */
  readonly onCustomerEvent: (listener: (event: EndpointEvent) => void) => () => void;
}
