import { IvrError } from '../domain/error.ts';
import type { Milliseconds } from '../domain/units.ts';

/** What is waited for; a function when to say it costs something. */
type Named = string | (() => string);

function cancelled(named: Named): IvrError {
  const what = told(named);
  return new IvrError('CANCELLED', `${what} was cancelled`, { what });
}

/** By so many ms a timer is late when this thread stood still. */
const STOOD_STILL = 50;

const told = (named: Named): string => (typeof named === 'string' ? named : named());

/**
 * Waits for `work`, at most until `limit` has passed or `signal` aborts. The work itself is not stopped by the deadline:
 * pass it the signal that stops it.
 *
 * A thread that stood still finds its timers before the answers that came meanwhile: by what the deadline was late it is put off, once.
 *
 * @throws IvrError DEADLINE_EXCEEDED, CANCELLED, or what `work` rejects with
 */
export function within<T>(work: Promise<T>, limit: Milliseconds, named: Named, signal?: AbortSignal): Promise<T> {
  if (signal?.aborted) {
    work.catch(() => undefined);
    return Promise.reject(cancelled(named));
  }
  return new Promise<T>((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const onAbort = (): void => {
      settle();
      reject(cancelled(named));
    };
    const expire = (): void => {
      settle();
      const what = told(named);
      reject(new IvrError('DEADLINE_EXCEEDED', `${what} took longer than ${limit} ms`, { what, limit_ms: limit }));
    };
    const due = performance.now() + limit;
    let timer = setTimeout(() => {
      const late = performance.now() - due;
      if (late < STOOD_STILL) expire();
      else timer = setTimeout(expire, Math.min(late, limit));
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
