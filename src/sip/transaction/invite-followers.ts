import { parseCSeq } from '../message/cseq.ts';
import { SipHeaders } from '../message/headers.ts';
import { NO_BODY, type SipRequest, type SipResponse } from '../message/message.ts';

const COPIED = ['Via', 'From', 'To', 'Call-ID', 'Route', 'Max-Forwards'];

/** The ACK of a failure, which belongs to its INVITE's transaction: RFC 3261 section 17.1.1.3. */
export function ackOf(invite: SipRequest, response: SipResponse): SipRequest {
  const headers = new SipHeaders().copyFrom(invite.headers, COPIED);
  const to = response.headers.get('To');
  if (to !== undefined) headers.set('To', to);
  return sameTransaction(invite, 'ACK', headers);
}

/** RFC 3261 section 9.1. @param more - headers that the user wants in it */
export function cancelOf(invite: SipRequest, more: SipHeaders | undefined): SipRequest {
  const headers = new SipHeaders().copyFrom(invite.headers, COPIED);
  if (more !== undefined)
    for (const [name, value] of more.entries())
      if (!COPIED.includes(name) && name !== 'CSeq') headers.append(name, value);
  return sameTransaction(invite, 'CANCEL', headers);
}

function sameTransaction(invite: SipRequest, method: string, headers: SipHeaders): SipRequest {
  const number = parseCSeq(invite.headers.get('CSeq') ?? '')?.number ?? 1;
  headers.set('CSeq', `${number} ${method}`);
  return { kind: 'request', method, uri: invite.uri, headers, body: NO_BODY };
}
