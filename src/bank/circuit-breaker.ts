import { type Milliseconds, type MonotonicMs, ms } from '../domain/units.ts';

export interface BreakerLimits {
  /** Failures in a row after which the bank is left alone. */
  readonly failures: number;
  /** How long; then one request tries. */
  readonly rest: Milliseconds;
}

/** Who fails again and again is left alone for a while, so that callers hear at once what they would hear after the time-out. */
export interface Breaker {
  readonly failed: number;
  /** Open until then; undefined: closed. */
  readonly until: MonotonicMs | undefined;
  /** The one request that tries is under way. */
  readonly trying: boolean;
}

export const CLOSED: Breaker = { failed: 0, until: undefined, trying: false };

export type BreakerEvent =
  | { readonly type: 'request-wanted' | 'request-failed'; readonly now: MonotonicMs }
  | { readonly type: 'request-succeeded' | 'request-cancelled' };
export type BreakerEffect = { readonly do: 'let-through' } | { readonly do: 'reject' };

export function step(
  breaker: Breaker,
  event: BreakerEvent,
  { failures, rest }: BreakerLimits,
): readonly [Breaker, ...BreakerEffect[]] {
  switch (event.type) {
    case 'request-wanted':
      if (breaker.until === undefined) return [breaker, { do: 'let-through' }];
      if (breaker.trying || event.now < breaker.until) return [breaker, { do: 'reject' }];
      return [{ ...breaker, trying: true }, { do: 'let-through' }];
    case 'request-failed': {
      const failed = breaker.failed + 1;
      const open = failed >= failures || breaker.trying;
      return [{ failed, until: open ? ms(event.now + rest) : breaker.until, trying: false }];
    }
    case 'request-succeeded':
      return [CLOSED];
    case 'request-cancelled':
      return [{ ...breaker, trying: false }];
  }
}
