import type { Milliseconds } from '../domain/units.ts';

export interface BucketLimits {
  /** Tokens that come back each second. */
  readonly refillPerSecond: number;
  /** Tokens in a full bucket: what may be taken at once after a quiet time. */
  readonly burst: number;
}

/** Limits a rate: what is allowed takes a token, and tokens come back with time. Time is given to it. */
export class TokenBucket {
  readonly #limits: BucketLimits;
  #tokens: number;
  #filledAt: Milliseconds | undefined;

  constructor(limits: BucketLimits) {
    this.#limits = limits;
    this.#tokens = limits.burst;
  }

  /** Tokens there are now; below 1 nothing is allowed. */
  level(now: Milliseconds): number {
    const { refillPerSecond, burst } = this.#limits;
    const elapsed = Math.max(0, now - (this.#filledAt ?? now));
    this.#filledAt = now;
    this.#tokens = Math.min(burst, this.#tokens + (elapsed * refillPerSecond) / 1000);
    return this.#tokens;
  }

  /** @returns false, and takes nothing, when there is no whole token */
  take(now: Milliseconds): boolean {
    if (this.level(now) < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
