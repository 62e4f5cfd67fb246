import { asksForTls, parseSipUri } from '../../sip/message/uri.ts';

/**
 * Whether a request to the address leaves over TLS.
 *
 * @param domains - whose requests do, whatever the address says: trunks that are reached over TLS alone
 */
export function leavesConfidentially(uri: string, domains: readonly string[]): boolean {
  const parsed = parseSipUri(uri);
  return parsed !== undefined && (domains.includes(parsed.host.toLowerCase()) || asksForTls(parsed));
}
