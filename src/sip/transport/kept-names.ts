import { isIP } from 'node:net';
import { IvrError } from '../../domain/error.ts';
import { type Milliseconds, ms } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { NameService, NaptrRecord, SrvRecord } from './name-service.ts';

const KEPT: Milliseconds = ms(30_000);
/** That a name has no records: a server that has just been added is found soon. */
const NONE_KEPT: Milliseconds = ms(5_000);
/** A call waits no longer for the domain name system. */
const ANSWERED_WITHIN: Milliseconds = ms(3_000);
const MOST_KEPT = 256;

/**
 * The domain name system with a memory and a deadline: a retransmission needs no look-up of its own, and a name server that
 * is silent or fails leaves what it said last in use (else nothing is known of the name). Nothing rejects.
 */
export class KeptNames implements NameService {
  readonly #naptr: Kept<NaptrRecord>;
  readonly #srv: Kept<SrvRecord>;
  readonly #addresses: Kept<string>;

  constructor(names: NameService, clock: Clock) {
    this.#naptr = new Kept((name) => names.naptr(name), clock);
    this.#srv = new Kept((name) => names.srv(name), clock);
    this.#addresses = new Kept((name) => names.addresses(name), clock);
  }

  naptr(name: string): Promise<readonly NaptrRecord[]> {
    return Promise.resolve(this.#naptr.of(name));
  }

  srv(name: string): Promise<readonly SrvRecord[]> {
    return Promise.resolve(this.#srv.of(name));
  }

  addresses(name: string): Promise<readonly string[]> {
    return Promise.resolve(this.#addresses.of(name));
  }

  /** The address at once when `host` is one or is known; else a promise of it, which rejects when there is none. */
  address(host: string): string | Promise<string> {
    if (isIP(host) !== 0) return host;
    const found = this.#addresses.of(host);
    if (!('then' in found)) return found[0] ?? Promise.reject(unknown(host));
    return found.then(([first]) => {
      if (first === undefined) throw unknown(host);
      return first;
    });
  }
}

const unknown = (host: string): IvrError => new IvrError('SIP_TIMEOUT', `no address of ${host} is known`, { host });

/** One kind of records. */
class Kept<T> {
  readonly #ask: (name: string) => Promise<readonly T[]>;
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly records: readonly T[]; readonly until: number }>();
  readonly #asked = new Map<string, Promise<readonly T[]>>();

  constructor(ask: (name: string) => Promise<readonly T[]>, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  of(name: string): readonly T[] | Promise<readonly T[]> {
    const known = this.#known.get(name);
    if (known !== undefined && known.until > this.#clock.now()) return known.records;
    const asked = this.#asked.get(name);
    if (asked !== undefined) return asked;
    const asking = this.#answered(name);
    this.#asked.set(name, asking);
    return asking;
  }

  /** Resolves at the deadline with what was known before; the question stays in `#asked` until it is answered: nobody asks twice at once. */
  #answered(name: string): Promise<readonly T[]> {
    return new Promise((resolve) => {
      const before = this.#known.get(name)?.records ?? [];
      const end = (records: readonly T[], period: Milliseconds): void => {
        this.#keep(name, records, period);
        resolve(records);
      };
      const stop = this.#clock.after(ANSWERED_WITHIN, () => end(before, NONE_KEPT));
      const close = (records: readonly T[], period: Milliseconds): void => {
        stop();
        this.#asked.delete(name);
        end(records, period);
      };
      this.#ask(name).then(
        (records) => close(records, records.length > 0 ? KEPT : NONE_KEPT),
        // trouble of the name server, not of the name: it is asked again soon
        () => close(before, NONE_KEPT),
      );
    });
  }

  #keep(name: string, records: readonly T[], period: Milliseconds): void {
    this.#known.delete(name);
    const oldest = this.#known.keys().next();
    if (this.#known.size >= MOST_KEPT && oldest.done === false) this.#known.delete(oldest.value);
    this.#known.set(name, { records, until: this.#clock.now() + period });
  }
}
