import type { SipMessage } from './message/message.ts';
import type { Flow } from './transport/flow.ts';

/** Told of what goes by. It must not throw, and keeps neither message nor bytes. */
export interface MessageObserver {
  /** Of requests those that passed the limits of their source, and what belongs to them. */
  received(message: SipMessage, flow: Flow): void;
  /** As it goes on the wire, retransmissions too. */
  sent(bytes: Buffer, flow: Flow): void;
}
