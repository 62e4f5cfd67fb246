import { isIP } from 'node:net';
import { defaultPort, type SipProtocol } from '../message/protocol.ts';
import { parseSipUri, type SipUri } from '../message/uri.ts';
import type { Flow } from './flow.ts';
import type { NameService, SrvRecord } from './name-service.ts';

/*
 * Locating SIP servers (RFC 3263): which transport, which addresses and ports a URI means, in the order in which to try
 * them.
 */

/** Those that names lead to: nobody calls a browser by its name. */
type Locatable = Exclude<SipProtocol, 'WS' | 'WSS'>;
const BY_PARAMETER: Readonly<Record<string, Locatable>> = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' };
const BY_SERVICE: Readonly<Record<string, Locatable>> = { 'SIP+D2U': 'UDP', 'SIP+D2T': 'TCP', 'SIPS+D2T': 'TLS' };
const SRV_PREFIXES: Readonly<Record<Locatable, string>> = {
  UDP: '_sip._udp.',
  TCP: '_sip._tcp.',
  TLS: '_sips._tcp.',
};
/** Whose SRV records are asked for where there is no NAPTR (section 4.1): a SIP URI is not taken for a SIPS one. */
const ASKED: readonly Locatable[] = ['UDP', 'TCP', 'TLS'];
/** A domain with more servers than this is not searched to its end. */
const MOST_TARGETS = 16;

export interface LocateOptions {
  /** Those that we have. */
  readonly protocols: ReadonlySet<SipProtocol>;
  readonly names: NameService;
  /** 0…1, for the weights of SRV records. */
  readonly random: () => number;
}

/** Without names: where a URI leads whose host is an address, or is looked up later. Undefined: it cannot be reached. */
export function flowTo(uri: string, protocols: ReadonlySet<SipProtocol>): Flow | undefined {
  const target = parseSipUri(uri);
  const named = target === undefined ? undefined : protocolNamed(target);
  if (target === undefined || named === 'unknown') return undefined;
  const protocol = named ?? (target.scheme === 'sips' ? 'TLS' : 'UDP');
  const port = target.port ?? defaultPort(protocol);
  return port === 0 || !protocols.has(protocol) ? undefined : { protocol, host: target.host, port };
}

/** @returns empty when the URI leads nowhere that we can reach. Never rejects. */
export async function locate(uri: string, { protocols, names, random }: LocateOptions): Promise<readonly Flow[]> {
  const target = parseSipUri(uri);
  const direct = flowTo(uri, protocols);
  if (target === undefined) return [];
  if (isIP(target.host) !== 0) return direct === undefined ? [] : [direct];
  if (target.port !== undefined) return direct === undefined ? [] : atAddresses(direct, target.host, names);
  const named = protocolNamed(target);
  if (named === 'unknown') return [];
  for (const { protocol, name } of await servicesOf(target, named, protocols, names)) {
    const servers = bySrv(await names.srv(name), random).slice(0, MOST_TARGETS);
    if (servers.length === 0) continue;
    // a domain that says "." offers no such service (RFC 2782)
    const found = await Promise.all(
      servers
        .filter((server) => server.name !== '' && server.name !== '.')
        .map((server) => atAddresses({ protocol, host: server.name, port: server.port }, target.host, names)),
    );
    return found.flat();
  }
  return direct === undefined ? [] : atAddresses(direct, target.host, names);
}

/** Undefined: the URI does not say. 'unknown': it names one that we do not know, or that a SIPS URI may not have. */
function protocolNamed({ scheme, parameters }: SipUri): SipProtocol | 'unknown' | undefined {
  const named = parameters.get('transport')?.toLowerCase();
  // RFC 3261 section 26.2.2: a SIPS URI is reached over TLS, also where it names what TLS runs over
  if (scheme === 'sips') return named === undefined || named === 'tcp' || named === 'tls' ? 'TLS' : 'unknown';
  return named === undefined ? undefined : (BY_PARAMETER[named] ?? 'unknown');
}

/** The names of SRV records to ask for, with the transport of each (sections 4.1 and 4.2). */
async function servicesOf(
  { host, scheme }: SipUri,
  named: SipProtocol | undefined,
  protocols: ReadonlySet<SipProtocol>,
  names: NameService,
): Promise<readonly { readonly protocol: SipProtocol; readonly name: string }[]> {
  const wanted = (protocol: Locatable): boolean =>
    protocols.has(protocol) && (named === undefined || named === protocol) && (scheme !== 'sips' || protocol === 'TLS');
  const pointers = (await names.naptr(host))
    .toSorted((a, b) => a.order - b.order || a.preference - b.preference)
    .flatMap(({ service, flags, replacement }) => {
      const protocol = BY_SERVICE[service.toUpperCase()];
      return protocol !== undefined && flags.toLowerCase() === 's' && wanted(protocol)
        ? [{ protocol, name: replacement }]
        : [];
    });
  if (pointers.length > 0) return pointers;
  return ASKED.filter(
    (protocol) => wanted(protocol) && (protocol !== 'TLS' || scheme === 'sips' || named === 'TLS'),
  ).map((protocol) => ({ protocol, name: `${SRV_PREFIXES[protocol]}${host}` }));
}

/** One flow for each address of the name; over TLS they have to prove to be the domain that was asked for (RFC 5922). */
async function atAddresses(flow: Flow, domain: string, names: NameService): Promise<readonly Flow[]> {
  const addresses = isIP(flow.host) === 0 ? await names.addresses(flow.host) : [flow.host];
  return addresses.map((host) => ({ ...flow, host, name: domain }));
}

/** By priority, and within one by chance in proportion to the weights (RFC 2782). */
export function bySrv(records: readonly SrvRecord[], random: () => number): readonly SrvRecord[] {
  const left = records.toSorted((a, b) => a.priority - b.priority || a.weight - b.weight);
  const ordered: SrvRecord[] = [];
  while (left.length > 0) {
    const [first] = left;
    const peers = left.filter(({ priority }) => priority === first?.priority);
    const total = peers.reduce((sum, { weight }) => sum + weight, 0);
    let drawn = random() * total;
    const chosen = peers.find(({ weight }) => (drawn -= weight) < 0) ?? peers[0];
    if (chosen === undefined) break;
    left.splice(left.indexOf(chosen), 1);
    ordered.push(chosen);
  }
  return ordered;
}
