import { asError } from '../../domain/error.ts';

/** What a SIP server tells in words alone: its control protocol has no codes. */
export type ServerWord =
  /** The dialog is not known (any more). */
  | 'no-dialog'
  /** The request that is answered, or cancelled, is not known any more: it has its final response. */
  | 'no-transaction'
  /** An INVITE of the far end has no answer yet: ours would cross it. */
  | 'invite-pending'
  /** Nobody acknowledged our 200. */
  | 'not-acknowledged';

/**
 * Each sentence as the server says it, all of it or its beginning. drachtio-server's are those of 0.9.10, seen on the wire;
 * our own server says the others (sip-server/application-request.ts, application-response.ts, end-dialog.ts).
 */
const SENTENCES: readonly (readonly [sentence: RegExp, means: ServerWord])[] = [
  [/^Server error: unable to find dialog for dialog id provided/i, 'no-dialog'],
  [/^unable to find dialog/i, 'no-dialog'],
  [/^Response not sent due to unknown transaction/i, 'no-transaction'],
  [/^transaction not found/i, 'no-transaction'],
  [/^another INVITE is pending/i, 'invite-pending'],
  // the Reason of the BYE that the server sent by itself: SIP;cause=200;text="ACK timeout"
  [/(?:^|")ACK timeout(?:"|$)/i, 'not-acknowledged'],
];

/**
 * What is meant by an error of srf's, or by the reason with which a dialog ended; undefined: none of what is known.
 *
 * srf gives the server's sentence as the message of its errors, some with its own words before it, some as bare text.
 */
export function serverWord(said: unknown): ServerWord | undefined {
  const text = (typeof said === 'string' ? said : asError(said).message).replace(/^(?:Error: )+/, '').trim();
  return SENTENCES.find(([sentence]) => sentence.test(text))?.[1];
}
