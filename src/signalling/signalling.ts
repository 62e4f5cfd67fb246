import type { Milliseconds, WallMs } from '../domain/units.ts';

/*
 * What the call knows of signalling. One adapter, on drachtio-srf; behind it stands drachtio-server or our embedded
 * server, which it cannot tell apart.
 */

export type Headers = Readonly<Record<string, string>>;

export interface ReferOptions {
  readonly headers?: Headers;
  readonly timeout: Milliseconds;
}

export interface ReferOutcome {
  /** 'referred': the far end reports a final 2xx of its own call. 'refused': it took no REFER, or that call failed. */
  readonly outcome: 'referred' | 'refused';
  /** Of the REFER when it was refused, else of the far end's call. */
  readonly status: number;
}

/** What a far end asks us to call in its place (RFC 3515): a transfer, of which we are told with whom it is to be. */
export interface ReferredCall {
  /** SIP, SIPS or tel. */
  readonly uri: string;
  /** The value of the Replaces header that our call is to carry: an attended transfer (RFC 3891). */
  readonly replaces: string | undefined;
  /** Who wants it, as it says itself (RFC 3892). */
  readonly referredBy: string | undefined;
  /** 202: it is being done. */
  accept(): void;
  refuse(status: number): void;
  /** Once, after `accept`: how our call went. */
  ended(status: number): void;
}

/** An answered call: a confirmed SIP dialog. */
export interface Dialog {
  readonly sipCallId: string;
  /** That the far end's INVITE, or its answer to ours, came from, as the SIP server saw it. */
  readonly address?: string | undefined;
  readonly remoteSdp: string;
  /**
   * The far end said BYE, or the dialog died (no ACK, session timer, server gone). At most once; at once if it already has.
   * `lost`: the SIP server is gone and the far end does not know. Who returns 'kept' goes on with the media that live, and says
   * `bye` when that is over: until then the server, should it come back, is not asked to end it.
   */
  onEnd(listener: (because: 'bye' | 'no-ack' | 'timed-out' | 'lost') => 'kept' | void): void;
  /** re-INVITE: takes the offer, returns the answer; a rejected promise is answered 488. */
  onOffer(answer: (remoteSdp: string) => Promise<string>): void;
  /** A key by SIP INFO, in whatever body: '0'-'9', '*', '#', 'A'-'D'. One for each INFO; RTP may tell of it as well. */
  onInfoDigit(listener: (digit: string) => void): void;
  /**
   * re-INVITE: offers the far end our new media and returns its answer. One at a time; a crossing re-INVITE (491)
   * is tried again (RFC 3261 section 14.1).
   *
   * @throws IvrError SIP_REJECTED when the far end keeps what it had, SIP_TIMEOUT, CANCELLED when the call is over
   */
  reoffer(localSdp: string): Promise<string>;
  /**
   * REFER: asks the far end to call `uri` itself; resolves with how that went (RFC 3515: the last NOTIFY), or with 408
   * when it says nothing for `timeout`. Never rejects. What becomes of this dialog afterwards is the caller's to decide.
   */
  refer(uri: string, options: ReferOptions): Promise<ReferOutcome>;
  /** Whoever hears of them accepts or refuses them; without a listener they are refused (603). */
  onRefer(listener: (referred: ReferredCall) => void): void;
  /** Sends BYE; idempotent, never rejects; resolves when answered or after its deadline. */
  bye(headers?: Headers): Promise<void>;
}

/** Who called whom. Unmasked: user parts or E.164 numbers. */
export interface CallParties {
  /** As the network asserts it, else as From says. */
  readonly caller: string;
  readonly called: string;
  /** Whose call this was before it was sent on to us. */
  readonly divertedFrom: string | undefined;
  /** The network vouches for the caller. */
  readonly asserted: boolean;
  /** The caller does not want its number to be shown (RFC 3323): not to be passed on to whom we do not trust. */
  readonly private: boolean;
}

export interface IncomingCall {
  readonly sipCallId: string;
  readonly parties: CallParties;
  /** Undefined: the caller expects our offer in the 200. */
  readonly remoteSdp: string | undefined;
  /** That the INVITE came from, as the SIP server saw it. */
  readonly address?: string | undefined;
  /** It came over TLS: keys in its description were read by nobody on the way here. */
  readonly confidential?: boolean;
  readonly receivedAt: WallMs;
  /** Aborts on CANCEL, or, with the reason 'lost', when the SIP server is lost before the answer. */
  readonly signal: AbortSignal;
  header(name: string): string | undefined;
  ring(): void;
  /**
   * 200 OK; resolves on ACK, or when `consented` does: the caller's RTP has come, so that the ACK alone is late or lost.
   * Without an offer in the INVITE, `remoteSdp` of the dialog is the ACK's answer.
   *
   * @throws IvrError CANCELLED, SIP_TIMEOUT when neither came
   */
  answer(localSdp: string, headers?: Headers, consented?: Promise<void>): Promise<Dialog>;
  /** A final failure: 486, 488, 503… Idempotent. */
  reject(status: number, headers?: Headers): void;
}

export interface DialRequest {
  readonly uri: string;
  readonly localSdp: string;
  readonly from?: string;
  readonly headers?: Headers;
  /** No answer by then: CANCEL. */
  readonly timeout: Milliseconds;
  readonly onRinging?: () => void;
}

export type DialOutcome =
  | { readonly outcome: 'answered'; readonly dialog: Dialog }
  | { readonly outcome: 'no-answer' | 'busy' | 'declined' | 'failed' | 'cancelled'; readonly status: number };

export interface Signalling extends AsyncDisposable {
  onCall(handler: (call: IncomingCall) => void): void;
  /** Never rejects for what the far end does. Aborting `signal` sends CANCEL (or BYE when the 200 crossed it). */
  dial(request: DialRequest, signal: AbortSignal): Promise<DialOutcome>;
  /** Whether what is sent to the address travels over TLS, as far as our next hop. Absent: it is not known of any. */
  isConfidential?(uri: string): boolean;
}
