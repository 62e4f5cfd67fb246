import { type Milliseconds, ms } from '../domain/units.ts';
import type { Clock } from './clock.ts';
import { pause } from './pause.ts';

export interface Pace {
  /** Resolves when the next may begin, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void>;
}

/** Keeps what is waited for in turn apart: each begins at the earliest `interval` after the one before. */
export function openPace(interval: Milliseconds, clock: Clock): Pace {
  let next = Number.NEGATIVE_INFINITY;
  return {
    async wait(signal) {
      const delay = next - clock.now();
      next = Math.max(next, clock.now()) + interval;
      if (delay > 0) await pause(ms(delay), clock, signal);
    },
  };
}
