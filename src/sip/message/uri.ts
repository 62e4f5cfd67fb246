import { formatHostPort, parseHostPort } from './host.ts';
import { isEncrypted } from './protocol.ts';
import { formatParameters, NO_PARAMETERS, type Parameters, parseParameters } from './parameters.ts';

/** A SIP or SIPS URI (RFC 3261 section 19.1). `user`, `password` and `headers` stay escaped as on the wire. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly parameters: Parameters;
  /** What follows '?', without it. */
  readonly headers: string | undefined;
}

const USER = /^[^\s<>"@\p{Cc}]*$/u;

/** @returns undefined for anything but a SIP URI, a `tel:` URI included. Linear; never throws. */
export function parseSipUri(text: string): SipUri | undefined {
  const colon = text.indexOf(':');
  const scheme = text.slice(0, colon).toLowerCase();
  if (scheme !== 'sip' && scheme !== 'sips') return undefined;
  // Neither '@' may stand unescaped behind the user part, so the first one ends it: the user may hold ';', '?' and ':'.
  const at = text.indexOf('@', colon);
  const userInfo = at < 0 ? undefined : text.slice(colon + 1, at);
  if (userInfo !== undefined && !USER.test(userInfo)) return undefined;
  const rest = text.slice(at < 0 ? colon + 1 : at + 1);
  const question = rest.indexOf('?');
  const address = question < 0 ? rest : rest.slice(0, question);
  const headers = question < 0 ? undefined : rest.slice(question + 1);
  if (headers !== undefined && !USER.test(headers)) return undefined;
  const semicolon = address.indexOf(';');
  const hostPort = semicolon < 0 ? address : address.slice(0, semicolon);
  if (/[\s"<>]/.test(address)) return undefined;
  const parsed = parseHostPort(hostPort);
  const parameters = semicolon < 0 ? NO_PARAMETERS : parseParameters(address, semicolon);
  if (parsed === undefined || parameters === undefined) return undefined;
  const divider = userInfo?.indexOf(':') ?? -1;
  return {
    scheme,
    user: divider < 0 ? userInfo : userInfo?.slice(0, divider),
    password: divider < 0 ? undefined : userInfo?.slice(divider + 1),
    host: parsed.host,
    port: parsed.port,
    parameters,
    headers,
  };
}

export function formatSipUri(uri: SipUri): string {
  const password = uri.password === undefined ? '' : `:${uri.password}`;
  const user = uri.user === undefined ? '' : `${uri.user}${password}@`;
  const headers = uri.headers === undefined ? '' : `?${uri.headers}`;
  return `${uri.scheme}:${user}${formatHostPort(uri.host, uri.port)}${formatParameters(uri.parameters)}${headers}`;
}

/** Whether the address says that it is reached over TLS. */
export const asksForTls = ({ scheme, parameters }: SipUri): boolean =>
  scheme === 'sips' || isEncrypted(parameters.get('transport'));

/** The user part with its %-escapes resolved; as it stands when they are not valid. */
export function unescapeUser(user: string): string {
  if (!user.includes('%')) return user;
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

const SCHEME = /^[A-Za-z][A-Za-z0-9+\-.]*:/;

/** 'sip', 'tel', …; undefined when the text is not an absolute URI. */
export const schemeOf = (uri: string): string | undefined => SCHEME.exec(uri)?.[0].slice(0, -1).toLowerCase();
