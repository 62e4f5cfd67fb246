import { parseSipUri } from '../sip/message/uri.ts';
import type { Flow } from '../sip/transport/flow.ts';

const DEFAULT_PORT = 5060;

/**
 * Where a URI is reached (RFC 3263 without NAPTR and SRV): its port, or 5060; its `transport` parameter, or UDP. The
 * stack resolves the name.
 *
 * @returns undefined when the address cannot be reached: another scheme, TLS, TCP while it is off
 */
export function flowTo(uri: string, tcp: boolean): Flow | undefined {
  const target = parseSipUri(uri);
  if (target === undefined || target.scheme !== 'sip') return undefined;
  const transport = target.parameters.get('transport')?.toLowerCase() ?? 'udp';
  if (transport !== 'udp' && !(transport === 'tcp' && tcp)) return undefined;
  const port = target.port ?? DEFAULT_PORT;
  if (port === 0) return undefined;
  return { protocol: transport === 'tcp' ? 'TCP' : 'UDP', host: target.host, port };
}
