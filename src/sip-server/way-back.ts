import { isIP } from 'node:net';
import type { SipRequest } from '../sip/message/message.ts';
import { sipUriOf } from '../sip/message/name-address.ts';
import { isReliable } from '../sip/message/protocol.ts';
import { parseVia } from '../sip/message/via.ts';
import type { Flow } from '../sip/stack.ts';

/** The connection that the far end opened, or the way through the NAT that it is behind; else its Contact counts. */
export function wayBack(request: SipRequest, flow: Flow): Flow | undefined {
  if (isReliable(flow.protocol)) return flow;
  const via = parseVia(request.headers.get('Via') ?? '');
  const contact = sipUriOf(request.headers.get('Contact'));
  // no proxy between us, and it calls itself by an address that is not where it is seen from
  const natted = via !== undefined && isIP(via.host) !== 0 && via.host !== flow.host && contact?.host === via.host;
  return natted && request.headers.all('Via').length === 1 ? flow : undefined;
}
