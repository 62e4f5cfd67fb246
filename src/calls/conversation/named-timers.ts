import { type Milliseconds, ms } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';

export interface NamedTimers<Name> {
  /** Starts it anew if it runs already. */
  start(timer: Name, delay: Milliseconds | number): void;
  stop(timer: Name): void;
  stopAll(): void;
}

/** Timers by name: each runs at most once at a time. */
export function openNamedTimers<Name>(clock: Clock, onTimer: (timer: Name) => void): NamedTimers<Name> {
  const running = new Map<Name, CancelTimer>();
  const stop = (timer: Name): void => {
    running.get(timer)?.();
    running.delete(timer);
  };
  return {
    start(timer, delay) {
      stop(timer);
      running.set(
        timer,
        clock.after(ms(delay), () => {
          running.delete(timer);
          onTimer(timer);
        }),
      );
    },
    stop,
    stopAll() {
      for (const timer of running.keys()) stop(timer);
    },
  };
}
