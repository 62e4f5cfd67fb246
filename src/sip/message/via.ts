import { formatHostPort, parseHostPort } from './host.ts';
import { formatParameters, type Parameters, parseParameters } from './parameters.ts';
import { trimSpace } from './token.ts';

/** One hop (RFC 3261 section 20.42). */
export interface Via {
  readonly protocol: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly parameters: Parameters;
}

/** A branch that begins so is a transaction's own (RFC 3261 section 8.1.1.7); any other is RFC 2543's. */
export const BRANCH_COOKIE = 'z9hG4bK';

const SENT_PROTOCOL = /^SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]+/i;

/** @returns undefined when it is malformed. Linear; never throws. */
export function parseVia(text: string): Via | undefined {
  const protocol = SENT_PROTOCOL.exec(text);
  if (protocol?.[1] === undefined) return undefined;
  const semicolon = text.indexOf(';', protocol[0].length);
  const end = semicolon < 0 ? text.length : semicolon;
  const sentBy = parseHostPort(trimSpace(text.slice(protocol[0].length, end)));
  const parameters = parseParameters(text, end);
  if (sentBy === undefined || parameters === undefined) return undefined;
  return { protocol: protocol[1].toUpperCase(), host: sentBy.host, port: sentBy.port, parameters };
}

export const formatVia = (via: Via): string =>
  `SIP/2.0/${via.protocol} ${formatHostPort(via.host, via.port)}${formatParameters(via.parameters)}`;

/** The branch when it identifies the transaction by itself, else undefined (RFC 3261 section 17.2.3). */
export function uniqueBranchOf(via: Via): string | undefined {
  const branch = via.parameters.get('branch');
  return branch?.startsWith(BRANCH_COOKIE) && branch.length > BRANCH_COOKIE.length ? branch : undefined;
}

/**
 * Notes where the request really came from (RFC 3261 section 18.2.1, RFC 3581 section 4): `received` when that differs
 * from what the Via says or `rport` was asked for, and `rport` when it was.
 */
export function withReceived(via: Via, source: { readonly host: string; readonly port: number }): Via {
  const asksPort = via.parameters.has('rport');
  if (!asksPort && via.host === source.host) return via;
  const parameters = new Map(via.parameters);
  if (asksPort) parameters.set('rport', String(source.port));
  parameters.set('received', source.host);
  return { ...via, parameters };
}
