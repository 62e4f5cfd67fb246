/** What SIP travels over, as a Via names it (RFC 3261 section 20.42). */
export type SipProtocol = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';

const DEFAULT_PORTS: Readonly<Record<SipProtocol, number>> = {
  UDP: 5060,
  TCP: 5060,
  TLS: 5061,
  WS: 80,
  WSS: 443,
};

/** Where no port is named (RFC 3261 section 19.1.2, RFC 7118 section 5.5). */
export const defaultPort = (protocol: SipProtocol): number => DEFAULT_PORTS[protocol];

/** It repeats and orders by itself: no timer of ours sends again, and responses go back on the connection. */
export const isReliable = (protocol: SipProtocol): boolean => protocol !== 'UDP';

/** It is reached over the connection that it opened alone: a browser takes none. */
export const isWebSocket = (protocol: SipProtocol): boolean => protocol === 'WS' || protocol === 'WSS';

/** Nobody reads along on the way to the next hop. @param protocol - as a Via, a URI or drachtio names it */
export const isEncrypted = (protocol: string | undefined): boolean => /^(?:tls|wss)$/i.test(protocol ?? '');

export const isSipProtocol = (text: unknown): text is SipProtocol =>
  typeof text === 'string' && Object.hasOwn(DEFAULT_PORTS, text);

/** As URIs name it: `transport=ws` stands for both (RFC 7118 section 5.4). */
export const transportParameter = (protocol: SipProtocol): string =>
  isWebSocket(protocol) ? 'ws' : protocol.toLowerCase();
