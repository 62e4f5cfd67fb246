import type { Milliseconds } from '../domain/units.ts';
import { shareOf } from './networks.ts';
import { type BucketLimits, TokenBucket } from './token-bucket.ts';

/** So many addresses are remembered; whoever has not come for longest is forgotten first, which only a full bucket can gain from. */
const MOST_SOURCES = 10_000;

/**
 * A token bucket per address (an IPv6 /64 is one address). Time is given to it. Constant work; at most 10,000 buckets, so
 * that strangers with many addresses cost no more memory.
 */
export class SourceShares {
  readonly #limits: BucketLimits;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(limits: BucketLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Whether the address could take one of its share. */
  hasLeft(address: string, now: Milliseconds): boolean {
    const bucket = this.#buckets.get(shareOf(address));
    return bucket === undefined || bucket.level(now) >= 1;
  }

  /** @returns false when the address has used up its share; true takes one of it */
  take(address: string, now: Milliseconds): boolean {
    const share = shareOf(address);
    const bucket = this.#buckets.get(share) ?? new TokenBucket(this.#limits);
    this.#buckets.delete(share);
    this.#buckets.set(share, bucket);
    const oldest = this.#buckets.keys().next();
    if (this.#buckets.size > MOST_SOURCES && oldest.done === false) this.#buckets.delete(oldest.value);
    return bucket.take(now);
  }
}

/** How many of something each address has under way. */
export class SourceCounts {
  readonly #counts = new Map<string, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  of(address: string): number {
    return this.#counts.get(shareOf(address)) ?? 0;
  }

  /** @returns gives it back; once */
  add(address: string): () => void {
    const share = shareOf(address);
    this.#counts.set(share, (this.#counts.get(share) ?? 0) + 1);
    this.#total++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#total--;
      const left = (this.#counts.get(share) ?? 1) - 1;
      if (left > 0) this.#counts.set(share, left);
      else this.#counts.delete(share);
    };
  }
}
