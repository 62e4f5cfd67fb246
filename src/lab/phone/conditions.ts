import { IvrError } from '../../domain/error.ts';
import { seconds } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';

export interface Conditions {
  /**
   * Until the condition holds; it is looked at whenever something happened.
   *
   * @throws IvrError DEADLINE_EXCEEDED, SIP_REJECTED (the far end hung up), SIP_TIMEOUT (it is silent), CANCELLED
   */
  readonly until: (condition: () => boolean, withinS: number, what: string) => Promise<void>;
  /** Something happened. */
  readonly look: () => void;
}

/** Why nothing more can happen that a condition could wait for. */
export interface CallOver {
  readonly code: 'SIP_REJECTED' | 'SIP_TIMEOUT';
  readonly why: string;
}

export function openConditions(clock: Clock, signal: AbortSignal, over: () => CallOver | undefined): Conditions {
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
          if (signal.aborted) return finish(new IvrError('CANCELLED', 'the telephone was stopped'));
          if (condition()) return finish();
          const ended = over();
          if (ended !== undefined) finish(new IvrError(ended.code, `${what}: ${ended.why}`));
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
