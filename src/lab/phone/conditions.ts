import { IvrError } from '../../domain/error.ts';
import { type Milliseconds, seconds } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';

export interface Conditions {
  /**
   * Until the condition holds; it is looked at whenever something happened.
   *
   * @throws IvrError DEADLINE_EXCEEDED, SIP_REJECTED (the call is over), CANCELLED
   */
  readonly until: (condition: () => boolean, withinS: number, what: string) => Promise<void>;
  /** Something happened. */
  readonly look: () => void;
}

/** @param isOver - nothing more can happen that a condition could wait for */
export function openConditions(clock: Clock, signal: AbortSignal, isOver: () => boolean): Conditions {
  const waiting = new Set<() => void>();
  return {
    look() {
      for (const look of waiting) look();
    },
    until: (condition, withinS, what) =>
      new Promise((resolve, reject) => {
        const finish = (problem?: IvrError): void => {
          waiting.delete(look);
          cancel();
          signal.removeEventListener('abort', look);
          if (problem === undefined) resolve();
          else reject(problem);
        };
        const look = (): void => {
          if (signal.aborted) finish(new IvrError('CANCELLED', 'the telephone was stopped'));
          else if (condition()) finish();
          else if (isOver()) finish(new IvrError('SIP_REJECTED', `${what}: the far end hung up`));
        };
        const cancel = clock.after(seconds(withinS), () =>
          finish(new IvrError('DEADLINE_EXCEEDED', `${what} did not come within ${withinS} s`)),
        );
        waiting.add(look);
        signal.addEventListener('abort', look, { once: true });
        look();
      }),
  };
}

/** Resolves after that time, or at once when the signal aborts. */
export function pause(length: Milliseconds, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(length, done);
    signal.addEventListener('abort', done, { once: true });
  });
}
