import type { SipHeaders } from '../message/headers.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';

/** A request that the far end sent us, until it is answered and no retransmission of it can come any more. */
export interface ServerTransaction {
  readonly id: string;
  readonly request: SipRequest;
  /** Where the request came from. */
  readonly flow: Flow;
  /** Where its responses go (RFC 3261 section 18.2.2). */
  readonly replyTo: Flow;
  /** For the To of our responses (`responseTo(request, status, reason, localTag)`). */
  readonly localTag: string;
  /** It came by UDP from an address that has proved nothing: perhaps it was forged. */
  readonly ofStranger: boolean;
  readonly state: 'trying' | 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated';
  /** False when it came too late: a final response has gone, or the transaction has ended. */
  respond(response: SipResponse): boolean;
  /** The 2xx's ACK came: stops its retransmission (RFC 3261 section 13.3.1.4, RFC 6026). */
  acknowledge(): void;
}

/** A request that we send. */
export interface ClientTransaction {
  readonly id: string;
  /** As sent, with its Via. */
  readonly request: SipRequest;
  readonly flow: Flow;
  /**
   * INVITE only: sends CANCEL once a provisional response came, or as soon as one comes (RFC 3261 section 9.1).
   *
   * @param headers - more headers for the CANCEL, Reason for instance
   * @returns the CANCEL's transaction when it went out at once
   */
  cancel(headers?: SipHeaders): ClientTransaction | undefined;
}

export interface ClientHandlers {
  /** Every response, retransmitted 2xx of an INVITE included; other retransmissions are absorbed. */
  onResponse(response: SipResponse, flow: Flow): void;
  /** No final response came in time. */
  onTimeout(): void;
  onTransportError(error: Error): void;
  onEnd?(): void;
}

/** What stands on the stack. Calls come synchronously; what a method throws is counted and kept from the stack. */
export interface StackUser {
  /** A new request other than ACK and CANCEL. 100 Trying has gone out already for an INVITE. It must be answered. */
  onRequest(transaction: ServerTransaction): void;
  /** An ACK of a 2xx, each retransmission too. */
  onAck(request: SipRequest, flow: Flow): void;
  /** 200 for the CANCEL has gone out already; the INVITE is to be answered 487. */
  onCancel(invite: ServerTransaction, cancel: SipRequest): void;
  /** No ACK of the 2xx came within 64*T1. */
  onNoAck(transaction: ServerTransaction): void;
  /** A response that belongs to no transaction, such as a 2xx that came very late. */
  onStrayResponse?(response: SipResponse, flow: Flow): void;
  /** A server or client transaction is forgotten. */
  onTransactionEnd(id: string): void;
}
