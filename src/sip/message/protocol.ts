/** What SIP travels over, as a Via names it (RFC 3261 section 20.42). */
export type SipProtocol = 'UDP' | 'TCP' | 'TLS';

const DEFAULT_PORTS: Readonly<Record<SipProtocol, number>> = { UDP: 5060, TCP: 5060, TLS: 5061 };

/** Where no port is named (RFC 3261 section 19.1.2). */
export const defaultPort = (protocol: SipProtocol): number => DEFAULT_PORTS[protocol];

/** It repeats and orders by itself: no timer of ours sends again, and responses go back on the connection. */
export const isReliable = (protocol: SipProtocol): boolean => protocol !== 'UDP';

export const isSipProtocol = (text: unknown): text is SipProtocol => text === 'UDP' || text === 'TCP' || text === 'TLS';
