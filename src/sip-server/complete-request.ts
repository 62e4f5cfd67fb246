import { randomInt } from 'node:crypto';
import { parseCSeq } from '../sip/message/cseq.ts';
import { formatHostPort } from '../sip/message/host.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { parseNameAddress, sipUriOf, tagOfHeader } from '../sip/message/name-address.ts';
import { newTag, randomHex } from '../sip/message/tag.ts';
import type { Flow } from '../sip/stack.ts';
import { type ApplicationRequest, typeBody } from './application-message.ts';
import { ALLOW, SUPPORTED, SUPPORTED_AS_CALLER } from './own-answer.ts';
import { contactFor, type Switchboard } from './switchboard.ts';

/** srf's placeholder for whatever our address is. */
const LOCALHOST = /\blocalhost\b(?::\d+)?/;

/** A request outside a dialog as it is sent. */
export interface CompleteRequest {
  readonly request: SipRequest;
  /** Our Contact for who is reached that way: the application's own, where it gave one. */
  readonly contactTo: (to: Flow, called: string) => string;
}

/** Adds what an application may leave out of a request outside a dialog (RFC 3261 section 8.1.1). */
export function complete(board: Switchboard, message: ApplicationRequest, to: Flow): CompleteRequest | undefined {
  const { method, uri } = message;
  const here = board.stack.viaHost(to);
  const address = formatHostPort(here.host, here.port);
  const headers = message.headers.clone();
  headers.delete('Via');
  let from = (headers.get('From') ?? `<sip:${address}>`).replace(LOCALHOST, address);
  if (parseNameAddress(from) === undefined) return undefined;
  // a bare address's parameters are the header's own; in brackets nothing can be mistaken
  if (!from.includes('<')) from = `<${from}>`;
  if (tagOfHeader(from) === undefined) from += `;tag=${newTag()}`;
  const given = parseCSeq(headers.get('CSeq') ?? '');
  const contact = headers.get('Contact');
  const user = sipUriOf(contact ?? from)?.user ?? '';
  headers
    .set('Max-Forwards', headers.get('Max-Forwards') ?? '70')
    .set('From', from)
    .set('To', headers.get('To') ?? `<${uri}>`)
    .set('Call-ID', headers.get('Call-ID') ?? `${randomHex(16)}@${here.host}`)
    .set('CSeq', `${given?.number ?? randomInt(1, 2 ** 20)} ${method}`);
  const own = contact === undefined || LOCALHOST.test(contact) ? undefined : contact;
  const contactTo = (way: Flow, called: string): string => own ?? contactFor(board.stack, way, called, user);
  headers.set('Contact', contactTo(to, uri));
  if (method === 'INVITE') {
    if (!headers.has('Allow')) headers.set('Allow', ALLOW);
    if (!headers.has('Supported'))
      headers.set('Supported', message.body.byteLength > 0 ? SUPPORTED_AS_CALLER : SUPPORTED); // a reliable 18x would bring the offer, and its PRACK no answer
    if (!headers.has('Session-Expires')) headers.set('Session-Expires', String(board.sessionSeconds));
  }
  typeBody(headers, message.body);
  if (parseNameAddress(headers.get('To') ?? '') === undefined) return undefined;
  return { request: { kind: 'request', method, uri, headers, body: message.body }, contactTo };
}
