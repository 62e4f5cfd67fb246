import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../../lib/clock.ts';

const KEPT_MS = 30_000;
const MAX_KEPT = 256;

/** Addresses of names, so that a retransmission needs no look-up of its own. A and AAAA only, no SRV (RFC 3263). */
export class HostResolver {
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly address: string; readonly until: number }>();
  readonly #asked = new Map<string, Promise<string>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The address at once when `host` is one or is known; else a promise of it, which rejects when there is none. */
  resolve(host: string): string | Promise<string> {
    if (isIP(host) !== 0) return host;
    const kept = this.#kept.get(host);
    if (kept !== undefined && kept.until > this.#clock.now()) return kept.address;
    const asked = this.#asked.get(host);
    if (asked !== undefined) return asked;
    const asking = this.#ask(host).finally(() => this.#asked.delete(host));
    this.#asked.set(host, asking);
    return asking;
  }

  async #ask(host: string): Promise<string> {
    const { address } = await lookup(host, { verbatim: false });
    this.#kept.delete(host);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size >= MAX_KEPT && oldest.done === false) this.#kept.delete(oldest.value);
    this.#kept.set(host, { address, until: this.#clock.now() + KEPT_MS });
    return address;
  }
}
