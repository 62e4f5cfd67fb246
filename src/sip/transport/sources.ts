import type { Admission } from '../../domain/admission.ts';
import type { Milliseconds } from '../../domain/units.ts';
import type { SipRequest } from '../message/message.ts';
import type { Flow } from './flow.ts';

/** Whose requests are taken, and what they may cost before their source has proved anything. */
export interface Sources {
  /** Whether an address may come at all. */
  allows(address: string): boolean;
  /** Whether an address is exempt from the shares of strangers. */
  trusts(address: string): boolean;
  /** Whether a request is not worth an answer: it is dropped, and counted. */
  isUnwanted(request: SipRequest, flow: Flow): boolean;
  /** For each new request outside a dialog but ACK and CANCEL. */
  admit(request: SipRequest, flow: Flow): Admission;
  /** See `InviteServer.ackMs`. */
  ackMs(flow: Flow): Milliseconds | undefined;
  /** An INVITE of that source is pending. @returns to be called when it is not any more; again without effect */
  begin(flow: Flow): () => void;
}

export const EVERY_SOURCE: Sources = {
  allows: () => true,
  trusts: () => true,
  isUnwanted: () => false,
  admit: () => ({ take: true }),
  ackMs: () => undefined,
  begin: () => () => undefined,
};
