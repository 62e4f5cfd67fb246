import { maskNumber } from '../../domain/secret.ts';
import { formatHostPort } from './host.ts';
import { maskBody } from './mask-body.ts';
import type { SipMessage } from './message.ts';
import { parseNameAddress, tagOf } from './name-address.ts';
import type { Parameters } from './parameters.ts';
import { legible } from './raw-bytes.ts';
import { isToken } from './token.ts';
import { parseSipUri, schemeOf } from './uri.ts';

export interface MaskedMessage {
  readonly startLine: string;
  /** `Name: value`, in the order of the message. */
  readonly headers: readonly string[];
  readonly body: readonly string[];
}

/** Values that name nobody, whatever they are: protocol, capabilities, counters, times. */
const PLAIN: ReadonlySet<string> = new Set([
  'Accept',
  'Accept-Encoding',
  'Allow',
  'Allow-Events',
  'CSeq',
  'Content-Disposition',
  'Content-Length',
  'Content-Type',
  'Date',
  'Event',
  'Expires',
  'MIME-Version',
  'Max-Forwards',
  'Min-Expires',
  'Min-SE',
  'Privacy',
  'Proxy-Require',
  'RAck',
  'RSeq',
  'Require',
  'Retry-After',
  'Server',
  'Session-Expires',
  'Subscription-State',
  'Supported',
  'Timestamp',
  'Unsupported',
  'User-Agent',
  'Via',
  'X-Contact-Id',
]);
/** Values with names and numbers in them, of which scheme, host and dialog stay. */
const ADDRESSES: ReadonlySet<string> = new Set([
  'Contact',
  'Diversion',
  'From',
  'History-Info',
  'P-Asserted-Identity',
  'P-Preferred-Identity',
  'Path',
  'Record-Route',
  'Refer-To',
  'Referred-By',
  'Remote-Party-Id',
  'Reply-To',
  'Route',
  'Service-Route',
  'To',
]);
const CREDENTIALS: ReadonlySet<string> = new Set([
  'Authorization',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'WWW-Authenticate',
]);
/** Of credentials, what tells no secret and no name. */
const PUBLIC_CREDENTIALS: ReadonlySet<string> = new Set(['realm', 'algorithm', 'qop', 'stale', 'nc']);
/** Parameters that name nobody. */
const PUBLIC_PARAMETERS: ReadonlySet<string> = new Set([
  'counter',
  'expires',
  'lr',
  'maddr',
  'ob',
  'privacy',
  'q',
  'reason',
  'received',
  'rport',
  'screen',
  'tag',
  'transport',
  'ttl',
  'user',
]);
/** Sequence numbers, seconds, bytes. */
const COUNTED = /^\d{1,10}(?: \d{1,10})?(?: [A-Z]{3,9})?$/;
const LONGEST_VALUE = 256;

/**
 * A message as it may be shown: of telephone numbers the last digits, of users, display names, passwords, credentials, tokens and texts nothing; of
 * what the list of headers above does not know, the length. Pure; never throws.
 */
export function maskMessage(message: SipMessage): MaskedMessage {
  const startLine =
    message.kind === 'request'
      ? `${message.method} ${maskUri(message.uri)} SIP/2.0`
      : `SIP/2.0 ${message.status} ${maskNumbers(message.reason)}`;
  const headers: string[] = [];
  for (const [name, value] of message.headers.entries()) headers.push(`${name}: ${maskValue(name, value)}`);
  const type = message.headers.get('Content-Type') ?? '';
  return { startLine: shown(startLine), headers: headers.map(shown), body: maskBody(type, message.body).map(shown) };
}

/** In UTF-8, on one line, and of a length that fits a page. */
function shown(text: string): string {
  const plain = legible(text).replace(/\p{Cc}/gu, ' ');
  return plain.length <= LONGEST_VALUE ? plain : `${plain.slice(0, LONGEST_VALUE)}… (${plain.length} characters)`;
}

function maskValue(name: string, value: string): string {
  if (name === 'Call-ID') return maskCallId(value);
  if (PLAIN.has(name)) return name === 'Via' || COUNTED.test(value) ? value : maskNumbers(value);
  if (ADDRESSES.has(name)) return maskAddress(value);
  if (CREDENTIALS.has(name)) return maskCredentials(value);
  if (name === 'Reason' || name === 'Warning') return value.replace(/"(?:[^"\\]|\\.)*"/g, '"…"');
  return hidden(value);
}

const hidden = (value: string): string => `[${value.length} characters]`;

/** Numbers of telephones and accounts in a text: whatever has six digits and more in a row. */
const maskNumbers = (text: string): string => text.replace(/\d{6,}/g, maskNumber);

/** Telephones name themselves by what stands before the '@'; the other half is where they are. */
export const maskCallId = (callId: string): string =>
  callId.replace(/(?<![0-9A-Za-z])\d{6,}(?![0-9A-Za-z])/g, maskNumber);

function maskAddress(value: string): string {
  if (value === '*') return value;
  const parsed = parseNameAddress(value);
  if (parsed === undefined) return hidden(value);
  const name = parsed.displayName === '' ? '' : '"…" ';
  const tag = tagOf(parsed);
  const others = [...parsed.parameters].filter(([each]) => each !== 'tag');
  return `${name}<${maskUri(parsed.uri)}>${tag === undefined ? '' : `;tag=${tag}`}${maskParameters(new Map(others))}`;
}

const maskParameters = (parameters: Parameters): string =>
  [...parameters]
    .map(([name, value]) => {
      if (value === '' || value === undefined) return `;${name}`;
      return PUBLIC_PARAMETERS.has(name.toLowerCase()) ? `;${name}=${value}` : `;${name}=…`;
    })
    .join('');

/** Where the URI leads; of whom it names the last digits, when it is a number. Its headers, which a transfer's Replaces is among, by their names. */
function maskUri(text: string): string {
  const uri = parseSipUri(text);
  if (uri === undefined) {
    const scheme = schemeOf(text);
    if (scheme !== 'tel') return scheme === undefined ? hidden(text) : `${scheme}:…`;
    const number = text.slice(scheme.length + 1).split(';')[0] ?? '';
    return `tel:${maskUser(number)}`;
  }
  const user = uri.user === undefined ? '' : `${maskUser(uri.user)}${uri.password === undefined ? '' : ':…'}@`;
  const headers =
    uri.headers === undefined
      ? ''
      : `?${uri.headers
          .split('&')
          .map((each) => `${maskNumbers(each.split('=')[0] ?? '')}=…`)
          .join('&')}`;
  return `${uri.scheme}:${user}${formatHostPort(uri.host, uri.port)}${maskParameters(uri.parameters)}${headers}`;
}

/** A number keeps its last digits, a name nothing. */
const maskUser = (user: string): string => (/^\+?[\d().-]+$/.test(user) ? maskNumber(user) : '***');

function maskCredentials(value: string): string {
  const space = value.indexOf(' ');
  const scheme = space < 0 ? value : value.slice(0, space);
  if (space < 0 || !isToken(scheme)) return hidden(value);
  const shownParts: string[] = [];
  for (const [, name = '', quoted, plain] of value
    .slice(space)
    .matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g))
    shownParts.push(
      PUBLIC_CREDENTIALS.has(name.toLowerCase()) ? `${name}=${plain ?? `"${maskNumbers(quoted ?? '')}"`}` : `${name}=…`,
    );
  return `${scheme} ${shownParts.join(', ')}`;
}
