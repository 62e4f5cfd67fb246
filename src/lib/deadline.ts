import { IvrError } from '../domain/error.ts';
import type { Milliseconds } from '../domain/units.ts';

const cancelled = (what: string): IvrError => new IvrError('CANCELLED', `${what} was cancelled`, { what });

/**
 * Waits for `work`, at most until `limit` has passed or `signal` aborts. The work itself is not stopped by the deadline:
 * pass it the signal that stops it.
 *
 * @throws IvrError DEADLINE_EXCEEDED, CANCELLED, or what `work` rejects with
 */
export function within<T>(work: Promise<T>, limit: Milliseconds, what: string, signal?: AbortSignal): Promise<T> {
  if (signal?.aborted) {
    work.catch(() => undefined);
    return Promise.reject(cancelled(what));
  }
  return new Promise<T>((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const onAbort = (): void => {
      settle();
      reject(cancelled(what));
    };
    const timer = setTimeout(() => {
      settle();
      reject(new IvrError('DEADLINE_EXCEEDED', `${what} took longer than ${limit} ms`, { what, limit_ms: limit }));
    }, limit);
    signal?.addEventListener('abort', onAbort, { once: true });
    work.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
