import { parseSipUri } from '../../sip/message/uri.ts';

/** SIP transports that nobody reads on the way, as drachtio names them. */
export const isConfidential = (protocol: string | undefined): boolean => /^(?:tls|wss)$/i.test(protocol ?? '');

/**
 * Whether a request to the address leaves over TLS.
 *
 * @param domains - whose requests do, whatever the address says: trunks that are reached over TLS alone
 */
export function leavesConfidentially(uri: string, domains: readonly string[]): boolean {
  const parsed = parseSipUri(uri);
  if (parsed === undefined) return false;
  if (domains.includes(parsed.host.toLowerCase())) return true;
  return parsed.scheme === 'sips' || isConfidential(parsed.parameters.get('transport'));
}
