import { type Milliseconds, ms } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import type { TurnTimer } from './turn-state.ts';

export interface TurnTimers {
  /** Starts it anew if it runs already. */
  start(timer: TurnTimer, delay: Milliseconds | number): void;
  stop(timer: TurnTimer): void;
  stopAll(): void;
}

/** The named timers of a turn: each runs at most once at a time. */
export function openTurnTimers(clock: Clock, onTimer: (timer: TurnTimer) => void): TurnTimers {
  const running = new Map<TurnTimer, CancelTimer>();
  const stop = (timer: TurnTimer): void => {
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
