import { isIP, isIPv6 } from 'node:net';
import { trimSpace } from './token.ts';

const HOST_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9\-_.]*[A-Za-z0-9_.])?$/;

/** `host` or `host:port` with the port's absence told apart; IPv6 in brackets on the wire, without them here. */
export interface HostPort {
  readonly host: string;
  readonly port: number | undefined;
}

/** @returns undefined when the text is anything but `host [":" port]` (RFC 3261 section 25.1). Linear. */
export function parseHostPort(text: string): HostPort | undefined {
  const bracket = text.startsWith('[') ? text.indexOf(']') : -1;
  const colon = text.indexOf(':', bracket + 1);
  const hostText = colon < 0 ? text : text.slice(0, colon);
  const host = parseHost(hostText.trimEnd());
  if (host === undefined) return undefined;
  if (colon < 0) return { host, port: undefined };
  const digits = trimSpace(text.slice(colon + 1));
  if (!/^[0-9]{1,5}$/.test(digits)) return undefined;
  const port = Number(digits);
  return port <= 65_535 ? { host, port } : undefined;
}

function parseHost(text: string): string | undefined {
  if (text.length > 255) return undefined;
  if (!text.startsWith('[')) return HOST_NAME.test(text) ? text : undefined;
  const inner = text.slice(1, -1);
  return text.endsWith(']') && isIPv6(inner) && !inner.includes('%') ? inner : undefined;
}

/** As it stands in a URI or Via: IPv6 in brackets. */
export const formatHost = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);
export const formatHostPort = (host: string, port: number | undefined): string =>
  port === undefined ? formatHost(host) : `${formatHost(host)}:${port}`;
