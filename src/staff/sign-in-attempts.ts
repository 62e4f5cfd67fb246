import type { Milliseconds } from '../domain/units.ts';

/*
 * Lock-out. A source's failures are counted first, and stop the source alone: nobody can lock somebody else's account from
 * one place. An account is locked only when failures come from many sources; whoever signed in from a source before is not
 * kept out there by that.
 */

export interface AttemptLimits {
  readonly windowMs: number;
  /** Failures of a source in the window until it has to wait. */
  readonly ofSource: number;
  /** Failures at an account in the window, whatever their source, until unknown sources have to wait. */
  readonly ofAccount: number;
}
export const ATTEMPT_LIMITS: AttemptLimits = { windowMs: 15 * 60_000, ofSource: 8, ofAccount: 40 };

const MOST_REMEMBERED = 20_000;

export interface SignInAttempts {
  /** @returns how long to wait, or undefined when an attempt may be looked at */
  wait(source: string, account: string, knownSource: boolean): Milliseconds | undefined;
  /** Before it is known whether it is right, so that many at once count as many. */
  begin(source: string, account: string): void;
  /** It was right. */
  succeed(source: string, account: string): void;
}

/** @param now - monotonic ms */
export function openSignInAttempts(now: () => number, limits: AttemptLimits = ATTEMPT_LIMITS): SignInAttempts {
  const failures = new Map<string, readonly number[]>();
  const recent = (key: string): readonly number[] => {
    const kept = (failures.get(key) ?? []).filter((at) => now() - at < limits.windowMs);
    if (kept.length === 0) failures.delete(key);
    return kept;
  };
  const left = (key: string, most: number): Milliseconds | undefined => {
    const found = recent(key);
    const oldest = found.at(-most);
    return oldest === undefined ? undefined : ((oldest + limits.windowMs - now()) as Milliseconds);
  };
  return {
    wait: (source, account, knownSource) =>
      left(`source ${source}`, limits.ofSource) ??
      (knownSource ? undefined : left(`account ${account}`, limits.ofAccount)),
    begin(source, account) {
      for (const key of [`source ${source}`, `account ${account}`]) {
        const kept = recent(key);
        failures.delete(key);
        failures.set(key, [...kept, now()].slice(-Math.max(limits.ofSource, limits.ofAccount)));
      }
      for (const oldest of failures.keys()) {
        if (failures.size <= MOST_REMEMBERED) break;
        failures.delete(oldest);
      }
    },
    succeed(source, account) {
      // only its own: whoever has an account of their own must not wash off what they tried at others
      const rest = recent(`source ${source}`).slice(0, -1);
      if (rest.length === 0) failures.delete(`source ${source}`);
      else failures.set(`source ${source}`, rest);
      failures.delete(`account ${account}`);
    },
  };
}
