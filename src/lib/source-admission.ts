import { type Admission, refusal } from '../domain/admission.ts';
import type { Milliseconds } from '../domain/units.ts';
import { anyNetwork, type Networks, networks } from './networks.ts';
import { SourceCounts, SourceShares } from './source-shares.ts';

export interface SourceAdmissionOptions {
  /** Addresses and networks that have no shares: what is behind them is limited as a whole. */
  readonly trusted: readonly string[];
  /** Addresses and networks that may come, besides the trusted ones; empty: all. */
  readonly allow: readonly string[];
  /** Of one address. */
  readonly sourceSetupsPerSecond: number;
  /** Requests that have proved nothing yet: of one address, and of all. */
  readonly sourcePending: number;
  readonly pendingOfAll: number;
}

/** So many seconds' worth may come at once. */
const BURST_SECONDS = 5;
const TAKE: Admission = { take: true };

/**
 * What strangers may do before they have proved anything: UDP sources can be forged, so whatever costs us something is
 * limited by the address that it claims to come from, and for all of them together. Time is given to it.
 */
export class SourceAdmission {
  readonly isTrusted: Networks;
  readonly isAllowed: Networks;
  readonly #options: SourceAdmissionOptions;
  readonly #shares: SourceShares;
  readonly #pending = new SourceCounts();

  /** @throws what `networks` throws, for lists with what `badNetworks` names */
  constructor(options: SourceAdmissionOptions) {
    const { trusted, allow, sourceSetupsPerSecond } = options;
    const allowed = allow.length === 0 ? anyNetwork : networks(allow);
    this.#options = options;
    this.isTrusted = networks(trusted);
    this.isAllowed = (address) => this.isTrusted(address) || allowed(address);
    this.#shares = new SourceShares({
      refillPerSecond: sourceSetupsPerSecond,
      burst: sourceSetupsPerSecond * BURST_SECONDS,
    });
  }

  /** Requests of strangers that have proved nothing yet. */
  get pending(): number {
    return this.#pending.total;
  }

  /** Whether the address may come at all. */
  allow(address: string): Admission {
    return this.isAllowed(address) ? TAKE : refusal('not-allowed');
  }

  /** Whether a request is taken; it then counts against the share of its source. */
  admit(address: string, now: Milliseconds): Admission {
    if (this.isTrusted(address)) return TAKE;
    if (!this.isAllowed(address)) return refusal('not-allowed');
    if (this.#pending.of(address) >= this.#options.sourcePending) return refusal('source-pending');
    if (this.#pending.total >= this.#options.pendingOfAll) return refusal('strangers-pending');
    return this.#shares.take(address, now) ? TAKE : refusal('source-rate');
  }

  /** Such a request is under way. @returns to be called when its source has proved itself, or it is over */
  begin(address: string): () => void {
    return this.isTrusted(address) ? () => undefined : this.#pending.add(address);
  }
}
