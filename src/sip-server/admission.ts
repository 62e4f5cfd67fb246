import type { Milliseconds } from '../domain/units.ts';

/** Why a new INVITE is not taken now. */
export type Refusal = 'draining' | 'lag' | 'rate';

export interface AdmissionOptions {
  /** New INVITEs a second that are taken in the long run. */
  readonly setupsPerSecond: number;
  /** How many may come at once after a quiet time. */
  readonly burst: number;
  /** Above this the SIP thread is too late to do its work well. */
  readonly maxLag: Milliseconds;
}

/**
 * Whether a new call is taken: not while the line is being drained, not when the SIP thread itself runs late, and not
 * more often than a token bucket allows. Time is given to it.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  #open = true;
  #lag = 0;
  #tokens: number;
  #filledAt: number | undefined;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#tokens = options.burst;
  }

  set(open: boolean): void {
    this.#open = open;
  }

  get open(): boolean {
    return this.#open;
  }

  get lag(): Milliseconds {
    return this.#lag as Milliseconds;
  }

  /** How late the event loop was, as last measured. */
  noteLag(lag: Milliseconds): void {
    this.#lag = lag;
  }

  /** @returns why not; undefined takes the call and counts it */
  refuse(now: Milliseconds): Refusal | undefined {
    if (!this.#open) return 'draining';
    if (this.#lag > this.#options.maxLag) return 'lag';
    const { setupsPerSecond, burst } = this.#options;
    const elapsed = now - (this.#filledAt ?? now);
    this.#filledAt = now;
    this.#tokens = Math.min(burst, this.#tokens + (elapsed * setupsPerSecond) / 1000);
    if (this.#tokens < 1) return 'rate';
    this.#tokens -= 1;
    return undefined;
  }
}
