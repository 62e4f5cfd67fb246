import { IvrError } from '../../domain/error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Flow } from './flow.ts';
import { localAddressFor } from './local-address.ts';
import type { Transports } from './transports.ts';

interface Advertised {
  readonly host: string;
  readonly port?: number;
}

/** How the far ends know us. */
export class OwnAddress {
  readonly #advertise: Advertised | undefined;
  readonly #port: number;
  readonly #localAddress: (host: string) => string;
  readonly #used = new Set<string>();

  constructor(advertise: Advertised | undefined, { addresses }: Transports, clock: Clock) {
    const bound = addresses[0];
    if (bound === undefined) throw new IvrError('INTERNAL', 'a SIP stack listens somewhere');
    this.#advertise = advertise;
    this.#port = bound.port;
    this.#localAddress = localAddressFor(bound.host, clock);
  }

  towards(to: Flow): { readonly host: string; readonly port: number } {
    const host = this.#advertise?.host ?? this.#localAddress(to.host);
    this.#used.add(host); // as many as this machine has addresses
    return { host, port: this.#advertise?.port ?? this.#port };
  }

  isOurs(host: string, port: number | undefined): boolean {
    return this.#used.has(host) && (port ?? 5060) === (this.#advertise?.port ?? this.#port);
  }
}
