import { IvrError } from '../domain/error.ts';
import { SipHeaders } from '../sip/message/headers.ts';
import { isToken } from '../sip/message/token.ts';

/** A SIP message as an application writes it: without Via, often without From, To, Call-ID, CSeq and Content-Length. */
export type ApplicationMessage = ApplicationRequest | ApplicationResponse;

export interface ApplicationRequest {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  readonly headers: SipHeaders;
  readonly body: Uint8Array;
}

export interface ApplicationResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly headers: SipHeaders;
  readonly body: Uint8Array;
}

const STATUS_LINE = /^SIP\/2\.0 ([1-6]\d\d) ?(.*)$/;
const REQUEST_LINE = /^([A-Z]+) (\S+) SIP\/2\.0$/;
const MAX_LINES = 256;
const END_OF_HEAD = '\r\n\r\n';

/**
 * The length of the body is what the frame leaves, not what Content-Length says: drachtio-srf counts characters there,
 * not bytes.
 *
 * @returns undefined when it is not a SIP message
 */
export function parseApplicationMessage(bytes: Buffer): ApplicationMessage | undefined {
  const end = bytes.indexOf(END_OF_HEAD, 0, 'latin1');
  const head = bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
  const [start = '', ...lines] = head.split('\r\n');
  if (lines.length > MAX_LINES) return undefined;
  const headers = readHeaders(lines);
  if (headers === undefined) return undefined;
  const body = end < 0 ? bytes.subarray(bytes.length) : bytes.subarray(end + END_OF_HEAD.length);
  const status = STATUS_LINE.exec(start);
  if (status !== null) return { kind: 'response', status: Number(status[1]), reason: status[2] ?? '', headers, body };
  const request = REQUEST_LINE.exec(start);
  if (request?.[1] === undefined || request[2] === undefined || !isToken(request[1])) return undefined;
  return { kind: 'request', method: request[1], uri: request[2], headers, body };
}

function readHeaders(lines: readonly string[]): SipHeaders | undefined {
  const headers = new SipHeaders();
  for (const line of lines) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon <= 0) return undefined;
    try {
      headers.append(line.slice(0, colon).trim(), line.slice(colon + 1));
    } catch (thrown) {
      if (thrown instanceof IvrError) return undefined;
      throw thrown;
    }
  }
  headers.delete('Content-Length');
  return headers;
}

const SDP_START = Buffer.from('v=0');

/** Applications leave the type of a session description out; the server puts it in, as drachtio-server does. */
export function typeBody(headers: SipHeaders, body: Uint8Array): void {
  if (body.byteLength > 0 && !headers.has('Content-Type'))
    headers.set('Content-Type', SDP_START.equals(body.subarray(0, 3)) ? 'application/sdp' : 'text/plain');
}
