import { type Admission, refusal } from '../domain/admission.ts';
import type { Milliseconds } from '../domain/units.ts';
import { fitsNumber } from '../lib/number-pattern.ts';
import { TokenBucket } from '../lib/token-bucket.ts';

/** What may be dialled over a trunk, and how much of it. */
export interface DestinationLimit {
  /** The number as it is dialled, in any spelling, or its beginning and `*`. */
  readonly number: string;
  /** At the same time. */
  readonly calls?: number | undefined;
  readonly callsPerHour?: number | undefined;
  /** Of calls begun within 24 hours, from the set-up to the end. */
  readonly minutesPerDay?: number | undefined;
}

export interface TrunkLimitsOptions {
  /** At the same time, in both directions. */
  readonly calls?: number | undefined;
  /** New ones, in both directions. */
  readonly setupsPerSecond?: number | undefined;
  /** Undefined: any number may be dialled, as often as the rest allows. */
  readonly destinations?: readonly DestinationLimit[] | undefined;
  /** Code of the country in which numbers are written without one; 86 unless it is said. */
  readonly country?: string | undefined;
}

/** A call that the limits have taken: they count it until its end is told. */
export interface CountedCall {
  /** Idempotent. */
  end(): void;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** So many seconds' worth may come at once. */
const BURST_SECONDS = 2;

/** The limits of one trunk, for all its calls and against toll fraud. Time is given to it. */
export class TrunkLimits {
  readonly #options: TrunkLimitsOptions;
  readonly #setups: TokenBucket | undefined;
  readonly #destinations: readonly Destination[] | undefined;
  #calls = 0;

  constructor(options: TrunkLimitsOptions) {
    const { setupsPerSecond, destinations, country = '86' } = options;
    this.#options = options;
    this.#setups =
      setupsPerSecond === undefined
        ? undefined
        : new TokenBucket({ refillPerSecond: setupsPerSecond, burst: setupsPerSecond * BURST_SECONDS });
    this.#destinations = destinations
      ?.toSorted((a, b) => b.number.length - a.number.length)
      .map((each) => new Destination(each, country));
  }

  get calls(): number {
    return this.#calls;
  }

  /**
   * @param dialled - the number that we call; undefined: the trunk calls us
   * @returns the call, counted from here on; or why it is not taken: nothing is counted then
   */
  begin(dialled: string | undefined, now: () => Milliseconds): CountedCall | Exclude<Admission, { take: true }> {
    const { calls } = this.#options;
    if (calls !== undefined && this.#calls >= calls) return refusal('trunk-full');
    if (this.#setups !== undefined && this.#setups.level(now()) < 1) return refusal('trunk-rate');
    const destination = dialled === undefined ? undefined : this.#destinations?.find((each) => each.fits(dialled));
    if (dialled !== undefined && this.#destinations !== undefined && destination === undefined)
      return refusal('destination-not-allowed');
    if (destination?.hasLeft(now()) === false) return refusal('destination-limit', destination.number);
    this.#setups?.take(now());
    this.#calls++;
    const endThere = destination?.begin(now());
    let under = true;
    return {
      end: () => {
        if (!under) return;
        under = false;
        this.#calls--;
        endThere?.(now());
      },
    };
  }
}

/** The calls to one destination. */
class Destination {
  readonly #limit: DestinationLimit;
  readonly #country: string;
  /** How far back the limit looks. */
  readonly #keptMs: number;
  /** Begun within that time, in their order; `until` undefined: under way. */
  #calls: { readonly from: Milliseconds; until: Milliseconds | undefined }[] = [];

  constructor(limit: DestinationLimit, country: string) {
    this.#limit = limit;
    this.#country = country;
    this.#keptMs = limit.minutesPerDay !== undefined ? DAY_MS : limit.callsPerHour !== undefined ? HOUR_MS : 0;
  }

  get number(): string {
    return this.#limit.number;
  }

  fits(dialled: string): boolean {
    return fitsNumber(this.#limit.number, dialled, this.#country);
  }

  hasLeft(now: Milliseconds): boolean {
    const { calls = Infinity, callsPerHour = Infinity, minutesPerDay = Infinity } = this.#limit;
    this.#calls = this.#calls.filter(({ from, until }) => until === undefined || now - from < this.#keptMs);
    const live = this.#calls.filter(({ until }) => until === undefined).length;
    const lately = this.#calls.filter(({ from }) => now - from < HOUR_MS).length;
    const spent = this.#calls.reduce((sum, { from, until = now }) => sum + (until - from), 0);
    return live < calls && lately < callsPerHour && spent < minutesPerDay * MINUTE_MS;
  }

  begin(from: Milliseconds): (until: Milliseconds) => void {
    const call: { readonly from: Milliseconds; until: Milliseconds | undefined } = { from, until: undefined };
    this.#calls.push(call);
    return (until) => {
      call.until = until;
    };
  }
}
