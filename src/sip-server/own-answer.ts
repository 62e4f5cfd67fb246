import { type Admission, retryAfterHeader } from '../domain/admission.ts';
import { ACCEPTED_BODIES, sessionBodyOf } from '../sdp/session-body.ts';
import { negotiateAsServer, SMALLEST_SESSION_SECONDS } from '../sip/dialog/dialog-session-timer.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { parseNameAddress, tagOfHeader } from '../sip/message/name-address.ts';
import { responseTo } from '../sip/message/response-to.ts';
import { parseVia, uniqueBranchOf } from '../sip/message/via.ts';

/** What a far end is invited to send us. */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK';
/** What an application may take within a dialog, though far ends are not asked for it. */
const TAKEN: ReadonlySet<string> = new Set([...ALLOW.split(', '), 'REFER', 'NOTIFY', 'MESSAGE']);
/** Extensions that we understand: in a call, and in a registration (RFC 3327, RFC 5626). */
const OPTIONS: ReadonlySet<string> = new Set(['timer', '100rel', 'replaces']);
const OPTIONS_OF_REGISTRAR: ReadonlySet<string> = new Set(['path', 'outbound']);
export const SUPPORTED = 'timer, replaces';
/** Of our own INVITEs: their provisional responses may be reliable, and are acknowledged by PRACK (RFC 3262). */
export const SUPPORTED_AS_CALLER = 'timer, 100rel, replaces';
/** Only ever meant within a dialog or a usage that one began. */
const NEED_DIALOG: ReadonlySet<string> = new Set(['BYE', 'INFO', 'UPDATE', 'PRACK', 'NOTIFY']);

export interface AnswerFacts {
  readonly localTag: string;
  readonly maxBody: number;
  /** Methods that some application wants to see. */
  readonly wanted: (method: string) => boolean;
  /** Whether a new call would be taken. */
  readonly admission: Admission;
}

/**
 * What is answered without asking an application (RFC 3261 section 8.2): what is not understood, what belongs to no
 * dialog, and OPTIONS. Undefined: it is for an application, or for a dialog.
 */
export function ownAnswer(request: SipRequest, facts: AnswerFacts): SipResponse | undefined {
  const answer = (status: number, headers: Readonly<Record<string, string>> = {}, reason?: string): SipResponse => {
    const response = responseTo(request, status, reason, facts.localTag);
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  };
  const { method, headers } = request;
  // RFC 3261 section 8.2.1
  if (!TAKEN.has(method) && !facts.wanted(method)) return answer(405, { Allow: ALLOW });
  const known = method === 'REGISTER' ? OPTIONS_OF_REGISTRAR : OPTIONS;
  const unknown = headers.all('Require').filter((option) => !known.has(option.toLowerCase()));
  if (unknown.length > 0) return answer(420, { Unsupported: unknown.join(', ') });
  if (request.body.byteLength > facts.maxBody) return answer(413);
  if (tagOfHeader(headers.get('To')) !== undefined) return undefined;
  if (method === 'OPTIONS' && !facts.wanted(method)) {
    if (!facts.admission.take) return answer(503, retryAfterHeader(facts.admission));
    return answer(200, {
      Allow: ALLOW,
      Accept: ACCEPTED_BODIES,
      Supported: SUPPORTED,
      'Accept-Encoding': 'identity',
    });
  }
  if (NEED_DIALOG.has(method)) return answer(481);
  if (method === 'INVITE') return badInvite(request, answer);
  return facts.wanted(method) ? undefined : answer(405, { Allow: ALLOW });
}

function badInvite(
  request: SipRequest,
  answer: (status: number, headers?: Readonly<Record<string, string>>, reason?: string) => SipResponse,
): SipResponse | undefined {
  const contact = request.headers.get('Contact');
  // RFC 2543 clients need not send one: their From says where they are
  if (contact === undefined && !isOfRfc2543(request)) return answer(400, {}, 'Missing Contact');
  if (contact !== undefined && parseNameAddress(contact) === undefined) return answer(400, {}, 'Bad Contact');
  if (!acceptsSdp(request)) return answer(406);
  if (request.headers.all('Contact').length > 1) return answer(400, {}, 'More Than One Contact');
  return badSession(request, answer);
}

/** What an INVITE, a re-INVITE or an UPDATE is refused for: its body's type, its session interval. */
export function badSession(
  request: SipRequest,
  answer: (status: number, headers?: Readonly<Record<string, string>>) => SipResponse,
): SipResponse | undefined {
  if (request.body.byteLength > 0) {
    const { headers, body } = request;
    const text = Buffer.from(body).toString('latin1');
    const session = sessionBodyOf(headers.get('Content-Type'), headers.get('Content-Disposition'), text);
    if (session.outcome === 'unsupported') return answer(415, { Accept: ACCEPTED_BODIES });
    const encoding = request.headers.get('Content-Encoding');
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
      return answer(415, { 'Accept-Encoding': 'identity' });
  }
  return negotiateAsServer(request, 0).outcome === 'too-small'
    ? answer(422, { 'Min-SE': String(SMALLEST_SESSION_SECONDS) })
    : undefined;
}

const isOfRfc2543 = (request: SipRequest): boolean => {
  const via = parseVia(request.headers.get('Via') ?? '');
  return via !== undefined && uniqueBranchOf(via) === undefined;
};

/** An Accept without anything that we could answer with (RFC 3261 sections 20.1 and 21.4.7, RFC 4475 section 3.3.15). */
function acceptsSdp({ headers }: SipRequest): boolean {
  if (!headers.has('Accept')) return true;
  return headers
    .all('Accept')
    .some(
      (range) =>
        SDP_RANGES.has(range.split(';', 1)[0]?.trim().toLowerCase() ?? '') && !/;\s*q=0(?:\.0*)?\s*$/.test(range),
    );
}

const SDP_RANGES: ReadonlySet<string> = new Set([
  'application/sdp',
  'application/*',
  '*/*',
  'multipart/mixed',
  'multipart/*',
]);
