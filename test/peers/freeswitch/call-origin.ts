import { parseCSeq } from '../../../src/sip/message/cseq.ts';
import type { SipRequest } from '../../../src/sip/message/message.ts';
import { parseNameAddress, tagOfHeader } from '../../../src/sip/message/name-address.ts';
import type { ServerTransaction } from '../../../src/sip/stack.ts';
import type { ChannelOrigin } from './channel-variables.ts';
import type { RtpPort } from './rtp-port.ts';
import { type FarDescription, type OwnDescription, variableSdp } from './sdp-text.ts';

/** What stays as it was when the call came. */
export interface CallFacts {
  readonly uuid: string;
  readonly sessionId: number;
  /** µs. */
  readonly created: number;
  readonly request: SipRequest;
  readonly transaction: ServerTransaction;
  readonly own: OwnDescription;
  readonly port: RtpPort;
  readonly sip: { readonly host: string; readonly port: number };
  /** The INVITE had no SDP. */
  readonly late: boolean;
}

/** @param latest - the request that brought the description */
export function originOf(
  { uuid, sessionId, created, request, transaction, own, port, sip, late }: CallFacts,
  description: FarDescription,
  remoteSdp: string,
  latest: SipRequest,
): ChannelOrigin {
  const caller = callerOf(request);
  const extraHeaders = new Map([...request.headers.entries()].filter(([name]) => /^x-(?!esl-outbound$)/i.test(name)));
  const from = { host: transaction.flow.host, port: transaction.flow.port };
  return {
    uuid,
    sessionId,
    name: `sofia/drachtio_mrf/${caller?.user ?? 'nobody'}@${from.host}:${from.port}`,
    caller,
    callId: request.headers.get('Call-ID') ?? '',
    fromUser: /sips?:([^@>;]+)@/.exec(request.headers.get('From') ?? '')?.[1] ?? '',
    fromTag: tagOfHeader(request.headers.get('From')) ?? '',
    toTag: transaction.localTag,
    cseq: String(parseCSeq(latest.headers.get('CSeq') ?? '')?.number ?? 0),
    via: latest.headers.get('Via') ?? '',
    userAgent: request.headers.get('User-Agent') ?? '',
    eslOutbound: request.headers.get('X-esl-outbound') ?? '',
    extraHeaders,
    from,
    sip,
    createdMicros: created,
    codec: description.codec,
    telephoneEvent: description.telephoneEvent,
    localSdp: variableSdp(own),
    remoteSdp,
    remoteDirection: description.direction,
    localPort: port.port,
    remote: { host: description.host, port: description.port },
    ssrc: port.ssrc,
    late,
  };
}

/** Who calls, as mod_sofia takes it from From. */
function callerOf(request: SipRequest): ChannelOrigin['caller'] {
  const from = parseNameAddress(request.headers.get('From') ?? '');
  const user = /^sips?:([^@;?]+)@/.exec(from?.uri ?? '')?.[1];
  const display = from?.displayName;
  return user === undefined ? undefined : { user, display: display === '' ? undefined : display };
}
