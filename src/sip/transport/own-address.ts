import { isIP } from 'node:net';
import { defaultPort, isSipProtocol, type SipProtocol } from '../message/protocol.ts';
import type { Via } from '../message/via.ts';
import type { Flow } from './flow.ts';
import type { Transports } from './transports.ts';

/** What far ends are told instead of the address bound. */
export interface Advertised {
  readonly host: string;
  /** Of UDP and TCP. */
  readonly port?: number;
  /** Further addresses: a far end is told one of its own family. */
  readonly more?: readonly string[];
}

/** How the far ends know us. */
export class OwnAddress {
  readonly #advertise: Advertised | undefined;
  readonly #ports: ReadonlyMap<SipProtocol, number>;
  readonly #transports: Transports;
  readonly #used = new Set<string>();

  constructor(advertise: Advertised | undefined, transports: Transports) {
    this.#advertise = advertise;
    this.#transports = transports;
    this.#ports = new Map(
      transports.addresses.map(({ protocol, port }) => [
        protocol,
        protocol === 'TLS' ? port : (advertise?.port ?? port),
      ]),
    );
  }

  towards(to: Flow): { readonly host: string; readonly port: number } {
    const host = this.#advertised(to.host) ?? this.#transports.localAddress(to);
    this.#used.add(host); // as many as this machine has addresses
    return { host, port: this.#ports.get(to.protocol) ?? defaultPort(to.protocol) };
  }

  isOurs({ protocol, host, port }: Via): boolean {
    if (!isSipProtocol(protocol) || !this.#used.has(host)) return false;
    return (port ?? defaultPort(protocol)) === (this.#ports.get(protocol) ?? defaultPort(protocol));
  }

  #advertised(towards: string): string | undefined {
    if (this.#advertise === undefined) return undefined;
    const { host, more = [] } = this.#advertise;
    const family = isIP(towards) === 6 ? 6 : 4;
    return [host, ...more].find((each) => isIP(each) === family) ?? host;
  }
}
