/*
 * The SIP messages of one call, as operators see them: masked, bounded, in the order in which they went by.
 */

export interface LadderStep {
  /** Unix time, ms. */
  readonly at: number;
  /** As seen from us. */
  readonly direction: 'in' | 'out';
  /** Of the dialog: a call has one with its caller and one with each telephone that is called for it. */
  readonly call_id: string;
  readonly protocol: string;
  /** IP address and port of the far end. */
  readonly peer: string;
  /** `INVITE sip:***@192.0.2.1 SIP/2.0`, `SIP/2.0 180 Ringing`. */
  readonly start_line: string;
  /** `Name: value`. */
  readonly headers: readonly string[];
  /** Of a session description its lines; of any other body its type and length. */
  readonly body: readonly string[];
  /** How many times it was sent or came again. */
  readonly repeated: number;
}

export interface SipLadder {
  readonly steps: readonly LadderStep[];
  /** Messages that had no room: those between the first and the last ones. */
  readonly omitted: number;
}
