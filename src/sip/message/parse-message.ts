import { type CSeq, parseCSeq } from './cseq.ts';
import { canonicalHeaderName } from './header-name.ts';
import { SipHeaders } from './headers.ts';
import { NO_BODY, type SipMessage, type SipRequest } from './message.ts';
import { type NameAddress, parseNameAddress } from './name-address.ts';
import { type Head, MAX_BODY_BYTES, readHead } from './read-head.ts';
import { parseStartLine, type StartLine } from './start-line.ts';
import { isDigits, isToken, parseUint32, trimSpace } from './token.ts';
import { parseSipUri, schemeOf } from './uri.ts';
import { parseVia, type Via } from './via.ts';

/** Why a message was neither given on nor answered. */
export type DropReason =
  | 'keep-alive'
  | 'no-head'
  | 'no-start-line'
  | 'no-via'
  | 'malformed-response'
  | 'malformed-ack'
  | 'foreign-via';

/** What the layers above need of every message, parsed once. */
export interface Essentials {
  readonly via: Via;
  readonly from: NameAddress;
  readonly to: NameAddress;
  readonly callId: string;
  readonly cseq: CSeq;
}

export type ParsedMessage =
  | { readonly ok: 'message'; readonly message: SipMessage; readonly essentials: Essentials }
  | {
      readonly ok: 'refuse';
      readonly status: number;
      readonly reason: string;
      /** As far as it could be read: enough for `responseTo`. */
      readonly request: SipRequest;
      /** Undefined when the top Via is malformed: answer to where the request came from. */
      readonly via: Via | undefined;
    }
  | { readonly ok: 'drop'; readonly because: DropReason };

const drop = (because: DropReason): ParsedMessage => ({ ok: 'drop', because });

/** Headers that occur once at most (RFC 3261 section 7.3.1, table 2). */
const SINGLE = ['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Content-Type', 'Expires', 'Content-Disposition'];
const MAX_VALUES = 256;
const LONG = ['Via', 'Contact', 'Route', 'Record-Route'];
const ADDRESSES = ['Contact', 'Route', 'Record-Route'];

/**
 * Reads and checks one message. A request that breaks the grammar is refused with the status that says so; a response
 * or ACK that does is dropped, as is what cannot even be answered. In a datagram the body may be followed by anything;
 * from a stream the bytes must be exactly one message (see stream-framing). Linear in time; never throws.
 */
export function parseSipMessage(bytes: Uint8Array, framing: 'datagram' | 'stream'): ParsedMessage {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = readHead(buffer);
  if (head === undefined) return drop(isKeepAlive(buffer) ? 'keep-alive' : 'no-head');
  const start = parseStartLine(head.lines[0] ?? '');
  if (start === undefined) return drop('no-start-line');
  const { headers, fault } = readHeaders(head);
  const body = readBody(buffer, head.bodyAt, headers, framing);
  const topVia = headers.get('Via');
  if (topVia === undefined || topVia === '') return drop('no-via');
  const via = parseVia(topVia);
  const checked = check(start, headers, via, head.fault ?? fault ?? (typeof body === 'string' ? body : undefined));
  const content = typeof body === 'string' ? NO_BODY : body;

  if (start.kind === 'response') {
    if ('fault' in checked) return drop('malformed-response');
    const { status, reason } = start;
    return {
      ok: 'message',
      message: { kind: 'response', status, reason, headers, body: content },
      essentials: checked,
    };
  }
  const { method, uri } = start;
  const request: SipRequest = { kind: 'request', method, uri, headers, body: content };
  if (!('fault' in checked)) return { ok: 'message', message: request, essentials: checked };
  if (method === 'ACK') return drop('malformed-ack');
  return { ok: 'refuse', status: checked.status, reason: checked.fault, request, via };
}

/** CRLFs, or the few zero bytes that some telephones send to hold their NAT binding. */
const isKeepAlive = (bytes: Uint8Array): boolean =>
  bytes.length <= 8 && bytes.every((byte) => byte === 13 || byte === 10 || byte === 0);

function readHeaders(head: Head): { headers: SipHeaders; fault: string | undefined } {
  const headers = new SipHeaders();
  let fault: string | undefined;
  for (let i = 1; i < head.lines.length; i++) {
    const line = head.lines[i] ?? '';
    const colon = line.indexOf(':');
    const name = trimSpace(line.slice(0, Math.max(0, colon)));
    if (isToken(name)) headers.append(canonicalHeaderName(name), line.slice(colon + 1));
    else fault = 'Bad Header Field';
  }
  return { headers, fault };
}

/** The body, or why it cannot be had. */
function readBody(bytes: Buffer, offset: number, headers: SipHeaders, framing: string): Uint8Array | string {
  const present = bytes.length - offset;
  const declared = headers.all('Content-Length');
  let length = present;
  if (declared.length > 0) {
    const first = parseUint32(declared[0] ?? '');
    if (first === undefined || declared.some((other) => parseUint32(other) !== first)) return 'Bad Content-Length';
    length = first;
  } else if (framing === 'stream') return 'Missing Content-Length';
  if (length > present) return 'Body Shorter Than Content-Length';
  if (length > MAX_BODY_BYTES) return 'Body Too Large';
  if (framing === 'stream' && length < present) return 'Body Longer Than Content-Length';
  return length === 0 ? NO_BODY : new Uint8Array(bytes.subarray(offset, offset + length)); // a copy: keeps no chunk alive
}

interface Fault {
  readonly fault: string;
  readonly status: number;
}
const bad = (fault: string): Fault => ({ fault, status: 400 });

function check(
  start: StartLine,
  headers: SipHeaders,
  via: Via | undefined,
  fault: string | undefined,
): Essentials | Fault {
  if (fault !== undefined) return bad(fault);
  if (start.fault !== undefined) return bad(start.fault);
  if (start.version !== '2.0') return { fault: 'Version Not Supported', status: 505 };
  if (via === undefined) return bad('Bad Via');
  for (const name of SINGLE) if (headers.all(name).length > 1) return bad(`More Than One ${name}`);
  for (const name of LONG) if (headers.all(name).length > MAX_VALUES) return bad(`Too Many ${name}`);
  const from = parseNameAddress(headers.get('From') ?? '');
  const to = parseNameAddress(headers.get('To') ?? '');
  const callId = headers.get('Call-ID') ?? '';
  const cseq = parseCSeq(headers.get('CSeq') ?? '');
  if (from === undefined) return bad('Bad From');
  if (to === undefined) return bad('Bad To');
  if (!/^[^\s,]+$/.test(callId)) return bad('Bad Call-ID');
  if (cseq === undefined) return bad('Bad CSeq');
  const essentials: Essentials = { via, from, to, callId, cseq };
  return start.kind === 'response' ? essentials : checkRequest(start.method, start.uri, headers, essentials);
}

function checkRequest(method: string, uri: string, headers: SipHeaders, essentials: Essentials): Essentials | Fault {
  if (essentials.cseq.method !== method) return bad('CSeq Method Differs');
  const hops = headers.get('Max-Forwards');
  if (hops !== undefined && (!isDigits(hops) || Number(hops) > 255)) return bad('Bad Max-Forwards');
  for (const name of ADDRESSES)
    for (const value of headers.all(name))
      if (parseNameAddress(value) === undefined && !(name === 'Contact' && value === '*')) return bad(`Bad ${name}`);
  const scheme = schemeOf(uri);
  if (scheme === 'sip' || scheme === 'sips') {
    const target = parseSipUri(uri);
    return target === undefined || target.headers !== undefined ? bad('Bad Request-URI') : essentials;
  }
  if (scheme === 'tel') return essentials;
  return scheme === undefined ? bad('Bad Request-URI') : { fault: 'Unsupported URI Scheme', status: 416 };
}
