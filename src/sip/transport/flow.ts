import type { SipProtocol } from '../message/protocol.ts';

/** Where a message came from or goes to. With `connection` it means that one connection, as long as it lasts. */
export interface Flow {
  readonly protocol: SipProtocol;
  readonly host: string;
  readonly port: number;
  readonly connection?: number;
  /** Whom the far end's certificate must name over TLS, when that is not `host` (RFC 5922 section 7). */
  readonly name?: string;
  /** Of several addresses that we listen on, the one that it came to: what goes back leaves from there. */
  readonly local?: string;
}
