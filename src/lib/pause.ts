import type { Milliseconds } from '../domain/units.ts';
import type { Clock } from './clock.ts';

/** Resolves after that time, or at once when the signal aborts. */
export function pause(length: Milliseconds, clock: Pick<Clock, 'after'>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
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
