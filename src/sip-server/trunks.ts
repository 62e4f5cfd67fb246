import type { Refusal, RefusalReason } from '../domain/admission.ts';
import { type Milliseconds, ms } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { within } from '../lib/deadline.ts';
import { type Networks, networks } from '../lib/networks.ts';
import type { Account } from '../sip/digest/credentials.ts';
import { parseNameAddress } from '../sip/message/name-address.ts';
import { parseSipUri, unescapeUser } from '../sip/message/uri.ts';
import type { Flow, SipStack } from '../sip/stack.ts';
import type { Trunk, TrunkState } from './trunk.ts';
import { type CountedCall, TrunkLimits } from './trunk-limits.ts';
import { TrunkProbe } from './trunk-probe.ts';
import { TrunkRegistration } from './trunk-registration.ts';

/** What of a trunk has changed. */
export type TrunkChange =
  | { readonly trunk: string; readonly what: 'registration'; readonly up: boolean; readonly status: number | undefined }
  | { readonly trunk: string; readonly what: 'proxy'; readonly proxy: number; readonly up: boolean }
  /** A call was not taken; told once a minute for each reason. */
  | {
      readonly trunk: string;
      readonly what: 'refused';
      readonly because: RefusalReason;
      readonly destination?: string;
    };

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
  readonly limits: TrunkLimits;
  readonly isFrom: Networks;
  readonly proxies: readonly Proxy[];
  readonly registration: TrunkRegistration | undefined;
}

/** How long trunks may take to let us go. */
const LEAVES_WITHIN: Milliseconds = ms(2_000);
const TOLD_EVERY_MS = 60_000;

/** The trunks: registered with, asked whether they are there, and where calls to their addresses go. */
export class Trunks {
  readonly #trunks: readonly Live[];
  readonly #options: Pick<TrunksOptions, 'clock' | 'onChange'>;
  /** When a refusal may be told again, by trunk and reason. */
  readonly #toldUntil = new Map<string, number>();

  constructor(options: TrunksOptions) {
    this.#options = options;
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

  /**
   * A call to an address of a trunk, or one that came from its networks. Undefined: of no trunk.
   *
   * @param far - a URI of the trunk and the one that is called, or the address that called
   */
  begin(
    far: { readonly to: string; readonly dialled: string } | { readonly from: string },
  ): CountedCall | Refusal | undefined {
    const live = 'to' in far ? this.#of(far.to) : this.#trunks.find(({ isFrom }) => isFrom(far.from));
    if (live === undefined) return undefined;
    const dialled = 'to' in far ? unescapeUser(parseSipUri(far.dialled)?.user ?? '').split(';', 1)[0] : undefined;
    const begun = live.limits.begin(dialled, () => this.#options.clock.now());
    if ('because' in begun) this.#tell(live.trunk.name, begun);
    return begun;
  }

  #tell(trunk: string, { because, detail }: Refusal): void {
    const name = `${trunk} ${because} ${detail ?? ''}`;
    const now = this.#options.clock.now();
    if ((this.#toldUntil.get(name) ?? 0) > now) return;
    this.#toldUntil.set(name, now + TOLD_EVERY_MS); // as many as there are trunks and destinations
    const destination = detail === undefined ? {} : { destination: detail };
    this.#options.onChange({ trunk, what: 'refused', because, ...destination });
  }

  states(): readonly TrunkState[] {
    return this.#trunks.map(({ trunk, limits, proxies, registration }) => ({
      name: trunk.name,
      registered: registration?.up,
      proxies: proxies.length,
      proxiesUp: proxies.filter(isUp).length,
      calls: limits.calls,
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
  const limits = new TrunkLimits(trunk.limits ?? {});
  return { trunk, limits, isFrom: networks(trunk.networks ?? []), proxies, registration };
}
