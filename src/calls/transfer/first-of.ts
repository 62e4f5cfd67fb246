import { asError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';

/** The first of these to happen; 'late' at the deadline; 'aborted' with the signal. */
export function firstOf<T>(
  signal: AbortSignal,
  deadline: Milliseconds | undefined,
  clock: Clock,
  ...events: readonly Promise<T>[]
): Promise<T | 'late' | 'aborted'> {
  return new Promise((resolve, reject) => {
    const cancel = deadline === undefined ? undefined : clock.after(deadline, () => settle('late'));
    const onAbort = (): void => settle('aborted');
    const release = (): void => {
      cancel?.();
      signal.removeEventListener('abort', onAbort);
    };
    const settle = (value: T | 'late' | 'aborted'): void => {
      release();
      resolve(value);
    };
    // one that fails after another has happened has a listener all the same
    const fail = (thrown: unknown): void => {
      release();
      reject(asError(thrown));
    };
    for (const event of events) event.then(settle, fail);
    if (signal.aborted) settle('aborted');
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
