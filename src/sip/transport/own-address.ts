import { IvrError } from '../../domain/error.ts';
import type { Clock } from '../../lib/clock.ts';
import { defaultPort, isSipProtocol, type SipProtocol } from '../message/protocol.ts';
import type { Via } from '../message/via.ts';
import type { Flow } from './flow.ts';
import { localAddressFor } from './local-address.ts';
import type { Transports } from './transports.ts';

interface Advertised {
  readonly host: string;
  /** Of UDP and TCP. */
  readonly port?: number;
}

/** How the far ends know us. */
export class OwnAddress {
  readonly #advertise: Advertised | undefined;
  readonly #ports: ReadonlyMap<SipProtocol, number>;
  readonly #localAddress: (host: string) => string;
  readonly #used = new Set<string>();

  constructor(advertise: Advertised | undefined, { addresses }: Transports, clock: Clock) {
    const bound = addresses[0];
    if (bound === undefined) throw new IvrError('INTERNAL', 'a SIP stack listens somewhere');
    this.#advertise = advertise;
    this.#ports = new Map(
      addresses.map(({ protocol, port }) => [protocol, protocol === 'TLS' ? port : (advertise?.port ?? port)]),
    );
    this.#localAddress = localAddressFor(bound.host, clock);
  }

  towards(to: Flow): { readonly host: string; readonly port: number } {
    const host = this.#advertise?.host ?? this.#localAddress(to.host);
    this.#used.add(host); // as many as this machine has addresses
    return { host, port: this.#ports.get(to.protocol) ?? defaultPort(to.protocol) };
  }

  isOurs({ protocol, host, port }: Via): boolean {
    if (!isSipProtocol(protocol) || !this.#used.has(host)) return false;
    return (port ?? defaultPort(protocol)) === this.#ports.get(protocol);
  }
}
