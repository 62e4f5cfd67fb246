import { IvrError } from '../domain/error.ts';

/*
 * Session descriptions (RFC 8866), as telephones and gateways write them: any order, LF or CRLF, unknown lines, trailing
 * NULs, a byte order mark. What no call needs is passed over when it cannot be read or is too long to be (o=, an odd a=, a
 * line without a type); a stream that is no audio is refused, whatever its m= says; what a call needs (v=, the m= of its audio)
 * is named by its line's number and type, never quoted. What is read is limited.
 */

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface Attribute {
  readonly name: string;
  /** Absent: a property attribute (`a=sendrecv`). */
  readonly value?: string;
}

export interface MediaDescription {
  /** 'audio', 'video', 'image', … */
  readonly kind: string;
  /** 0: refused or given up. */
  readonly port: number;
  /** 'RTP/AVP', … */
  readonly protocol: string;
  /** Payload types, for RTP. */
  readonly formats: readonly string[];
  /** Of its own c= line. */
  readonly host?: string;
  readonly attributes: readonly Attribute[];
}

export interface Origin {
  readonly username: string;
  /** Decimal; may exceed 2^53. */
  readonly sessionId: string;
  readonly version: string;
  readonly host: string;
}

export interface SessionDescription {
  readonly origin: Origin;
  /** Of the session's c= line. */
  readonly host?: string;
  readonly attributes: readonly Attribute[];
  readonly media: readonly MediaDescription[];
}

const MOST_CHARACTERS = 65_536;
const MOST_LINES = 1000;
const MOST_LINE_CHARACTERS = 2048;
const MOST_MEDIA = 32;
const MOST_FORMATS = 128;
const HOST = /^[0-9A-Za-z.:_%-]{1,255}$/;
const TOKEN = /^[0-9A-Za-z!#$%&'*+.^_`{|}~-]{1,255}$/;
const NUMBER = /^\d{1,30}$/;
const PROTOCOL = /^[0-9A-Za-z/._-]{1,64}$/;
const PORTS = /^(\d{1,5})(?:\/\d{1,5})?$/;
const NULS = /\0+/g;
/** Of UTF-8, also where its bytes were read as Latin-1. */
const BYTE_ORDER_MARK = /^(?:\uFEFF|\xEF\xBB\xBF)/;
const UNKNOWN: Origin = { username: '-', sessionId: '0', version: '0', host: '0.0.0.0' };
const DIRECTIONS: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] satisfies Direction[];

function malformed(line: number, type: string, expected: string): IvrError {
  return new IvrError('SDP_MALFORMED', `SDP line ${line} (${type}=): expected ${expected}`, { line, type, expected });
}

interface Draft {
  origin?: Origin;
  host?: string;
  readonly attributes: Attribute[];
  readonly media: MediaDraft[];
}

interface MediaDraft {
  readonly kind: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  host?: string;
  readonly attributes: Attribute[];
}

/** @throws IvrError SDP_MALFORMED (facts: line, type, expected), and nothing else */
export function parseSdp(text: string): SessionDescription {
  if (text.length > MOST_CHARACTERS) throw malformed(1, 'v', `at most ${MOST_CHARACTERS} characters in all`);
  const lines = text
    .replace(NULS, '')
    .replace(BYTE_ORDER_MARK, '')
    .split(/\r\n|\n|\r/);
  if (lines.length > MOST_LINES) throw malformed(MOST_LINES + 1, '?', `at most ${MOST_LINES} lines`);
  const draft: Draft = { attributes: [], media: [] };
  let begun = false;
  for (const [index, raw] of lines.entries()) {
    const line = raw.trimEnd();
    if (line === '') continue;
    const number = index + 1;
    const type = /^[a-zA-Z]=/.test(line) ? line.slice(0, 1) : '?';
    if (type === '?' && begun) continue;
    const long = line.length > MOST_LINE_CHARACTERS;
    if (long && (type === 'm' || !begun)) throw malformed(number, type, `at most ${MOST_LINE_CHARACTERS} characters`);
    // certificates, identities and descriptions may be longer than anything that we read
    if (long && type !== 'c') continue;
    const value = line.slice(2).trim();
    if (!begun && (type !== 'v' || value !== '0')) throw malformed(number, type, 'v=0 first');
    begun = true;
    takeLine(draft, number, type, value);
  }
  if (!begun) throw malformed(1, 'v', 'v=0 first');
  const origin = draft.origin ?? UNKNOWN;
  return { ...draft, origin };
}

function takeLine(draft: Draft, number: number, type: string, value: string): void {
  const media = draft.media.at(-1);
  switch (type) {
    case 'o':
      draft.origin = parseOrigin(value);
      return;
    case 'c':
      takeConnection(media ?? draft, value);
      return;
    case 'm':
      if (draft.media.length >= MOST_MEDIA) throw malformed(number, type, `at most ${MOST_MEDIA} media`);
      draft.media.push(parseMedia(number, value));
      return;
    case 'a': {
      const attribute = parseAttribute(value);
      if (attribute !== undefined) (media ?? draft).attributes.push(attribute);
      return;
    }
    default: // s, t, b, i, k, u, e, p, z, r and what is yet to come say nothing to us
  }
}

/** Nothing of it sets up a call, and gateways write hexadecimal numbers, names and fewer fields: what is odd is unknown. */
function parseOrigin(value: string): Origin {
  const [username = '', sessionId = '', version = '', ...rest] = value.split(/\s+/);
  const host = rest.at(-1) ?? '';
  return {
    username: TOKEN.test(username) ? username : UNKNOWN.username,
    sessionId: NUMBER.test(sessionId) ? sessionId : UNKNOWN.sessionId,
    version: NUMBER.test(version) ? version : UNKNOWN.version,
    host: HOST.test(host) ? host : UNKNOWN.host,
  };
}

/** One that cannot be read is none: the stream that wants it has no address then, others may have theirs. */
function takeConnection(draft: { host?: string }, value: string): void {
  const [network = '', family = '', address = ''] = value.split(/\s+/);
  // a multicast address carries its TTL behind a slash
  const host = address.split('/')[0] ?? '';
  if (network.toUpperCase() === 'IN' && /^IP[46]$/i.test(family) && HOST.test(host)) draft.host = host;
  else delete draft.host;
}

function parseMedia(line: number, value: string): MediaDraft {
  const [kind = '', ports = '', protocol = '', ...formats] = value.split(/\s+/);
  if (!TOKEN.test(kind)) throw malformed(line, 'm', 'a kind of media');
  if (kind.toLowerCase() !== 'audio') return otherMedia(kind, ports, protocol, formats);
  const port = PORTS.exec(ports)?.[1];
  if (port === undefined || Number(port) > 65535) throw malformed(line, 'm', 'a port of 0 to 65535');
  if (!PROTOCOL.test(protocol)) throw malformed(line, 'm', 'a transport protocol');
  if (formats.length > MOST_FORMATS) throw malformed(line, 'm', `at most ${MOST_FORMATS} formats`);
  if (!formats.every((format) => TOKEN.test(format))) throw malformed(line, 'm', 'formats that are tokens');
  return { kind: kind.toLowerCase(), port: Number(port), protocol: protocol.toUpperCase(), formats, attributes: [] };
}

/** What is refused anyhow keeps its place in the answer (RFC 3264 section 6): of what cannot be read there is nothing. */
function otherMedia(kind: string, ports: string, protocol: string, formats: readonly string[]): MediaDraft {
  const port = Number(PORTS.exec(ports)?.[1] ?? 0);
  return {
    kind: kind.toLowerCase(),
    port: port > 65535 ? 0 : port,
    protocol: PROTOCOL.test(protocol) ? protocol.toUpperCase() : 'RTP/AVP',
    formats: formats.filter((format) => TOKEN.test(format)).slice(0, MOST_FORMATS),
    attributes: [],
  };
}

function parseAttribute(value: string): Attribute | undefined {
  const colon = value.indexOf(':');
  const name = (colon < 0 ? value : value.slice(0, colon)).trim();
  if (!TOKEN.test(name)) return undefined;
  return colon < 0 ? { name: name.toLowerCase() } : { name: name.toLowerCase(), value: value.slice(colon + 1).trim() };
}

/** The text of a description: CRLF, one address family per host, `t=0 0`. */
export function formatSdp(session: SessionDescription): string {
  const { origin } = session;
  const lines = [
    'v=0',
    `o=${origin.username} ${origin.sessionId} ${origin.version} IN ${familyOf(origin.host)} ${origin.host}`,
    's=-',
    ...(session.host === undefined ? [] : [`c=IN ${familyOf(session.host)} ${session.host}`]),
    't=0 0',
    ...session.attributes.map(formatAttribute),
  ];
  for (const media of session.media) {
    lines.push(`m=${media.kind} ${media.port} ${media.protocol} ${media.formats.join(' ')}`);
    if (media.host !== undefined) lines.push(`c=IN ${familyOf(media.host)} ${media.host}`);
    lines.push(...media.attributes.map(formatAttribute));
  }
  return `${lines.join('\r\n')}\r\n`;
}

const familyOf = (host: string): string => (host.includes(':') ? 'IP6' : 'IP4');
const formatAttribute = ({ name, value }: Attribute): string =>
  value === undefined ? `a=${name}` : `a=${name}:${value}`;

/** The first attribute of that name, its value or '' when it has none. */
export function attributeOf(attributes: readonly Attribute[], name: string): string | undefined {
  const found = attributes.find((attribute) => attribute.name === name);
  return found === undefined ? undefined : (found.value ?? '');
}

/** The direction these attributes state, if any. */
export const directionOf = (attributes: readonly Attribute[]): Direction | undefined =>
  attributes.map(({ name }) => name).find(isDirection);

export const isDirection = (name: string): name is Direction => DIRECTIONS.includes(name);
