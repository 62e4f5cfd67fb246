import { asError, IvrError } from '../domain/error.ts';

/**
 * Waits for `work`, until `signal` aborts: nothing outlives a call by waiting. The work itself goes on; hand it the signal
 * if it can be stopped.
 *
 * @throws the signal's reason when that is an IvrError, else IvrError CANCELLED; or what `work` rejects with
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(reasonOf(signal));
    const settle = (): void => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(
      (value) => {
        settle();
        resolve(value);
      },
      (thrown: unknown) => {
        settle();
        reject(asError(thrown));
      },
    );
  });
}

const reasonOf = ({ reason }: AbortSignal): IvrError =>
  reason instanceof IvrError ? reason : new IvrError('CANCELLED', 'the call is over', {}, reason);
