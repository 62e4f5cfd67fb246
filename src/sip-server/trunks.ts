import { type Milliseconds, ms } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { within } from '../lib/deadline.ts';
import type { Account } from '../sip/digest/credentials.ts';
import { parseNameAddress } from '../sip/message/name-address.ts';
import { parseSipUri } from '../sip/message/uri.ts';
import type { Flow, SipStack } from '../sip/stack.ts';
import type { Trunk, TrunkState } from './trunk.ts';
import { TrunkProbe } from './trunk-probe.ts';
import { TrunkRegistration } from './trunk-registration.ts';

/** What of a trunk has changed. */
export type TrunkChange =
  | { readonly trunk: string; readonly what: 'registration'; readonly up: boolean; readonly status: number | undefined }
  | { readonly trunk: string; readonly what: 'proxy'; readonly proxy: number; readonly up: boolean };

export interface TrunksOptions {
  readonly trunks: readonly Trunk[];
  readonly stack: SipStack;
  readonly clock: Clock;
  readonly contactFor: (to: Flow, called: string, user: string) => string;
  readonly onChange: (change: TrunkChange) => void;
}

interface Proxy {
  readonly uri: string;
  readonly probe: TrunkProbe | undefined;
}

interface Live {
  readonly trunk: Trunk;
  readonly proxies: readonly Proxy[];
  readonly registration: TrunkRegistration | undefined;
}

/** How long trunks may take to let us go. */
const LEAVES_WITHIN: Milliseconds = ms(2_000);

/** The trunks: registered with, asked whether they are there, and where calls to their addresses go. */
export class Trunks {
  readonly #trunks: readonly Live[];

  constructor(options: TrunksOptions) {
    this.#trunks = options.trunks.map((trunk) => open(trunk, options));
  }

  /** Where a call to the address goes, those that answer first. Undefined: it is no address of a trunk. */
  proxiesTo(uri: string): readonly string[] | undefined {
    const live = this.#of(uri);
    return live === undefined ? undefined : preferred(live.proxies);
  }

  /** @param address - a To value: whom the request is meant for */
  accountFor(address: string): Account | undefined {
    return this.#of(parseNameAddress(address)?.uri ?? '')?.trunk.account;
  }

  states(): readonly TrunkState[] {
    return this.#trunks.map(({ trunk, proxies, registration }) => ({
      name: trunk.name,
      registered: registration?.up,
      proxies: proxies.length,
      proxiesUp: proxies.filter(isUp).length,
    }));
  }

  /** Takes the registrations back. */
  async close(): Promise<void> {
    for (const { proxies } of this.#trunks) for (const { probe } of proxies) probe?.close();
    const leaving = Promise.all(
      this.#trunks.flatMap(({ registration }) => (registration === undefined ? [] : [registration.leave()])),
    );
    // a trunk that does not answer keeps nobody from stopping
    await within(leaving, LEAVES_WITHIN, 'leaving the trunks').catch(() => undefined);
  }

  #of(uri: string): Live | undefined {
    const host = parseSipUri(uri)?.host.toLowerCase();
    return this.#trunks.find(({ trunk }) => trunk.domain.toLowerCase() === host);
  }
}

const isUp = ({ probe }: Proxy): boolean => probe?.up ?? true;

const preferred = (proxies: readonly Proxy[]): readonly string[] =>
  [...proxies.filter(isUp), ...proxies.filter((proxy) => !isUp(proxy))].map(({ uri }) => uri);

function open(trunk: Trunk, options: TrunksOptions): Live {
  const { stack, clock, contactFor, onChange } = options;
  const proxies = trunk.proxies.map((uri, n): Proxy => {
    const probe =
      trunk.probeSeconds === undefined
        ? undefined
        : new TrunkProbe({
            uri,
            every: trunk.probeSeconds,
            stack,
            clock,
            onChange: (up) => onChange({ trunk: trunk.name, what: 'proxy', proxy: n + 1, up }),
          });
    return { uri, probe };
  });
  const registration =
    trunk.registerSeconds === undefined
      ? undefined
      : new TrunkRegistration({
          trunk,
          stack,
          clock,
          proxies: () => preferred(proxies),
          contactFor: (to, user) => contactFor(to, trunk.proxies[0] ?? '', user),
          onChange: (up, status) => onChange({ trunk: trunk.name, what: 'registration', up, status }),
        });
  return { trunk, proxies, registration };
}
