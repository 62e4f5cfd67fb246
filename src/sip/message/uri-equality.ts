import type { SipUri } from './uri.ts';
import { unescapeUser } from './uri.ts';

/** Parameters that make a difference although only one of two URIs has them (RFC 3261 section 19.1.4). */
const TELLING = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** Whether two SIP URIs lead to the same (RFC 3261 section 19.1.4). Header parts are compared as they stand. */
export function isSameAddress(a: SipUri, b: SipUri): boolean {
  if (a.scheme !== b.scheme || a.port !== b.port || a.password !== b.password) return false;
  if (a.host.toLowerCase() !== b.host.toLowerCase()) return false;
  if ((a.user === undefined) !== (b.user === undefined)) return false;
  if (unescapeUser(a.user ?? '') !== unescapeUser(b.user ?? '') || a.headers !== b.headers) return false;
  for (const [name, value] of a.parameters) {
    const other = b.parameters.get(name);
    if (other !== undefined && other.toLowerCase() !== value.toLowerCase()) return false;
  }
  return TELLING.every((name) => a.parameters.has(name) === b.parameters.has(name));
}
