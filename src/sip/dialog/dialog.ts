import { formatCSeq, parseCSeq } from '../message/cseq.ts';
import { SipHeaders } from '../message/headers.ts';
import { NO_BODY, type SipRequest, type SipResponse } from '../message/message.ts';
import { parseNameAddress, tagOfHeader } from '../message/name-address.ts';
import { parseSipUri } from '../message/uri.ts';

/*
 * Dialogs as values (RFC 3261 section 12): each function gives the dialog as it is afterwards. Timers, transactions and
 * the sending belong to whoever keeps them.
 */

export interface Dialog {
  readonly role: 'uac' | 'uas';
  /** Early until a 2xx. */
  readonly state: 'early' | 'confirmed';
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** What our requests say in From and To, tags included. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** The Request-URI of our requests. */
  readonly remoteTarget: string;
  /** Route values, first hop first. */
  readonly routeSet: readonly string[];
  readonly localCSeq: number;
  readonly remoteCSeq: number | undefined;
}

const uriOf = (header: string | undefined): string | undefined =>
  header === undefined ? undefined : parseNameAddress(header)?.uri;

/**
 * The dialog that our response to an INVITE begins (section 12.1.1).
 *
 * @param firstCSeq - of our first request in it: that plus one
 * @returns undefined when the request lacks what makes a dialog: a Contact, a From tag; or the response a To tag
 */
export function dialogOfServer(invite: SipRequest, response: SipResponse, firstCSeq: number): Dialog | undefined {
  const localAddress = response.headers.get('To');
  const remoteAddress = invite.headers.get('From');
  const localTag = tagOfHeader(localAddress);
  // RFC 2543 clients need not send a Contact: their From says where they are
  const remoteTarget = uriOf(invite.headers.get('Contact') ?? remoteAddress);
  const callId = invite.headers.get('Call-ID');
  const cseq = parseCSeq(invite.headers.get('CSeq') ?? '');
  if (localAddress === undefined || remoteAddress === undefined || localTag === undefined) return undefined;
  if (remoteTarget === undefined || callId === undefined || cseq === undefined) return undefined;
  return {
    role: 'uas',
    state: response.status < 200 ? 'early' : 'confirmed',
    callId,
    localTag,
    // RFC 2543 clients send no From tag (section 12.1.1)
    remoteTag: tagOfHeader(remoteAddress) ?? '',
    localAddress,
    remoteAddress,
    remoteTarget,
    routeSet: invite.headers.all('Record-Route'),
    localCSeq: firstCSeq,
    remoteCSeq: cseq.number,
  };
}

/**
 * The dialog that a response to our INVITE begins (section 12.1.2). Where the response has no Contact the Request-URI
 * stands for it, so that an answered call can still be ended.
 *
 * @returns undefined when the response has no To tag
 */
export function dialogOfClient(invite: SipRequest, response: SipResponse): Dialog | undefined {
  const localAddress = invite.headers.get('From');
  const remoteAddress = response.headers.get('To');
  const localTag = tagOfHeader(localAddress);
  const remoteTag = tagOfHeader(remoteAddress);
  const callId = invite.headers.get('Call-ID');
  // the response's: of an INVITE that was sent again with what it lacked, the far end has the last one
  const cseq = parseCSeq(response.headers.get('CSeq') ?? '');
  if (localAddress === undefined || remoteAddress === undefined || localTag === undefined) return undefined;
  if (remoteTag === undefined || callId === undefined || cseq === undefined) return undefined;
  return {
    role: 'uac',
    state: response.status < 200 ? 'early' : 'confirmed',
    callId,
    localTag,
    remoteTag,
    localAddress,
    remoteAddress,
    remoteTarget: uriOf(response.headers.get('Contact')) ?? invite.uri,
    routeSet: response.headers.all('Record-Route').toReversed(),
    localCSeq: cseq.number,
    remoteCSeq: undefined,
  };
}

/** The same dialog after a later response to our INVITE: a 2xx confirms it and settles target and routes (13.2.2.4). */
export function dialogAfterResponse(dialog: Dialog, invite: SipRequest, response: SipResponse): Dialog {
  if (dialog.state === 'confirmed') return response.status < 300 ? withTargetOf(dialog, response) : dialog;
  const fresh = dialogOfClient(invite, response);
  if (fresh === undefined) return dialog;
  return { ...fresh, localCSeq: Math.max(fresh.localCSeq, dialog.localCSeq), remoteCSeq: dialog.remoteCSeq };
}

/** The Contact of a re-INVITE, an UPDATE or a 2xx to one is the new target (section 12.2). */
export function withTargetOf(dialog: Dialog, message: SipRequest | SipResponse): Dialog {
  const remoteTarget = uriOf(message.headers.get('Contact'));
  return remoteTarget === undefined ? dialog : { ...dialog, remoteTarget };
}

export type Admission =
  | { readonly admitted: true; readonly dialog: Dialog }
  /** 481: not of this dialog. 500: out of order. 400: no CSeq. */
  | { readonly admitted: false; readonly status: 400 | 481 | 500 };

/** A request that says it is in this dialog (section 12.2.2). Not for ACK and CANCEL, whose CSeq is the INVITE's. */
export function admitRequest(dialog: Dialog, request: SipRequest): Admission {
  const cseq = parseCSeq(request.headers.get('CSeq') ?? '');
  if (cseq === undefined) return { admitted: false, status: 400 };
  if (!isWithin(dialog, request)) return { admitted: false, status: 481 };
  // a retransmission is the transaction's business: what comes here with an old number is another request
  if (dialog.remoteCSeq !== undefined && cseq.number <= dialog.remoteCSeq) return { admitted: false, status: 500 };
  const next = { ...dialog, remoteCSeq: cseq.number };
  const refreshes = request.method === 'INVITE' || request.method === 'UPDATE';
  return { admitted: true, dialog: refreshes ? withTargetOf(next, request) : next };
}

/** Whether the far end's request bears this dialog's tags. */
export const isWithin = (dialog: Dialog, request: SipRequest): boolean =>
  request.headers.get('Call-ID') === dialog.callId &&
  tagOfHeader(request.headers.get('To')) === dialog.localTag &&
  (tagOfHeader(request.headers.get('From')) ?? '') === dialog.remoteTag;

export interface RequestContent {
  /** Added last; those that the dialog settles (From, To, Call-ID, CSeq, Route, Max-Forwards) are ignored. */
  readonly headers?: Iterable<readonly [name: string, value: string]>;
  readonly body?: Uint8Array;
}

const SETTLED = new Set(['Via', 'Max-Forwards', 'From', 'To', 'Call-ID', 'CSeq', 'Route', 'Content-Length']);

/** A request in the dialog, with the next CSeq (section 12.2.1.1); the transaction adds the Via. */
export function requestInDialog(
  dialog: Dialog,
  method: string,
  content: RequestContent = {},
): { readonly dialog: Dialog; readonly request: SipRequest } {
  const localCSeq = dialog.localCSeq + 1;
  return { dialog: { ...dialog, localCSeq }, request: build(dialog, method, localCSeq, content) };
}

/** The ACK of a 2xx: the INVITE's number (section 13.2.2.4). */
export const ackInDialog = (dialog: Dialog, inviteCSeq: number, content: RequestContent = {}): SipRequest =>
  build(dialog, 'ACK', inviteCSeq, content);

function build(dialog: Dialog, method: string, cseq: number, content: RequestContent): SipRequest {
  const { uri, routes } = routed(dialog);
  const headers = new SipHeaders([
    ['Max-Forwards', '70'],
    ['From', dialog.localAddress],
    ['To', dialog.remoteAddress],
    ['Call-ID', dialog.callId],
    ['CSeq', formatCSeq({ number: cseq, method })],
  ]);
  if (routes.length > 0) headers.set('Route', routes);
  const given = new SipHeaders(content.headers ?? []);
  for (const [name, value] of given.entries()) if (!SETTLED.has(name)) headers.append(name, value);
  return { kind: 'request', method, uri, headers, body: content.body ?? NO_BODY };
}

const isLoose = (route: string): boolean => parseSipUri(uriOf(route) ?? '')?.parameters.has('lr') ?? false;

/** Request-URI and Route (section 12.2.1.1): a strict router first gets the request addressed to itself. */
function routed(dialog: Dialog): { readonly uri: string; readonly routes: readonly string[] } {
  const [first, ...rest] = dialog.routeSet;
  if (first === undefined || isLoose(first)) return { uri: dialog.remoteTarget, routes: dialog.routeSet };
  return { uri: uriOf(first) ?? dialog.remoteTarget, routes: [...rest, `<${dialog.remoteTarget}>`] };
}

/** The URI that says where the dialog's requests are sent: the first route, or the target (section 8.1.2). */
export const nextHopOf = (dialog: Dialog): string => uriOf(dialog.routeSet[0]) ?? dialog.remoteTarget;
