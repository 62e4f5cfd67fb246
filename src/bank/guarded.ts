import { asError, IvrError } from '../domain/error.ts';
import { type Milliseconds, ms } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { pause } from '../lib/pause.ts';
import { type BreakerLimits, CLOSED, step } from './circuit-breaker.ts';

export interface BankPolicy {
  /** For one try. */
  readonly timeout: Milliseconds;
  /** Tries after the first, where a repeat does no harm. */
  readonly retries: number;
  readonly pause: Milliseconds;
  readonly breaker: BreakerLimits;
}

export const DEFAULT_BANK_POLICY: BankPolicy = {
  timeout: ms(2500),
  retries: 1,
  pause: ms(200),
  breaker: { failures: 5, rest: ms(10_000) },
};

/** Requests since the start by what came of them; each try counts. */
export interface BankCounts {
  readonly answered: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Not sent: the bank was left alone. */
  readonly rejected: number;
}

/** Another system, guarded: time-outs, retries where they do no harm, and rest for whom fails repeatedly. */
export interface Guarded {
  /**
   * @param repeatable - whether it may be sent again when nobody knows whether it was done
   * @throws IvrError BANK_UNREACHABLE, CANCELLED, and what `work` throws as an IvrError
   */
  ask<T>(
    operation: string,
    repeatable: boolean,
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>;
  readonly reachable: boolean;
  readonly counts: BankCounts;
}

export function guarded(policy: BankPolicy, clock: Clock): Guarded {
  let breaker = CLOSED;
  const counts = { answered: 0, failed: 0, cancelled: 0, rejected: 0 };
  const tell = (event: Parameters<typeof step>[1]): string | undefined => {
    const [next, effect] = step(breaker, event, policy.breaker);
    breaker = next;
    return effect?.do;
  };
  const succeeded = (): void => {
    counts.answered += 1;
    tell({ type: 'request-succeeded' });
  };

  async function once<T>(
    operation: string,
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    if (tell({ type: 'request-wanted', now: clock.now() }) === 'reject') {
      counts.rejected += 1;
      throw new IvrError('BANK_UNREACHABLE', 'the bank failed repeatedly; no requests are sent to it for a while', {
        operation,
      });
    }
    const limit = new AbortController();
    const cancel = clock.after(policy.timeout, () => limit.abort());
    try {
      const answer = await work(AbortSignal.any([signal, limit.signal]));
      succeeded();
      return answer;
    } catch (thrown) {
      const late = limit.signal.aborted;
      if (signal.aborted && !late) {
        counts.cancelled += 1;
        tell({ type: 'request-cancelled' });
        throw new IvrError('CANCELLED', 'the request to the bank was cancelled', { operation });
      }
      // a request of ours that it refuses says that the bank is there
      if (thrown instanceof IvrError && thrown.code === 'BANK_REFUSED') succeeded();
      else {
        counts.failed += 1;
        tell({ type: 'request-failed', now: clock.now() });
      }
      if (thrown instanceof IvrError && !late) throw thrown;
      const why = late ? `did not answer within ${policy.timeout} ms` : 'failed';
      throw new IvrError('BANK_UNREACHABLE', `the bank ${why}`, { operation }, asError(thrown));
    } finally {
      cancel();
    }
  }

  return {
    async ask(operation, repeatable, work, signal) {
      const most = repeatable ? policy.retries : 0;
      for (let tries = 0; ; tries++) {
        try {
          return await once(operation, work, signal);
        } catch (thrown) {
          const again = thrown instanceof IvrError && thrown.code === 'BANK_UNREACHABLE' && breaker.until === undefined;
          if (!again || tries >= most || signal.aborted) throw thrown;
          await pause(policy.pause, clock, signal);
        }
      }
    },
    get reachable() {
      return breaker.until === undefined;
    },
    counts,
  };
}
