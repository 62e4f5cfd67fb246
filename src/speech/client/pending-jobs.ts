import { IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Deferred, deferred } from '../../lib/deferred.ts';
import type { RecognitionJob, Transcript } from '../speech-service.ts';

interface Pending {
  readonly settle: Deferred<Transcript>;
  readonly stopTimer: () => void;
}

/**
 * The main thread's side of recognition jobs. Each ends once: with its transcript, an error of the worker, its deadline
 * (which the main thread keeps itself, whatever the worker does), or the caller's cancelling.
 */
export class PendingJobs {
  readonly #pending = new Map<number, Pending>();
  readonly #clock: Clock;
  readonly #onAbandoned: (job: number) => void;
  #next = 1;

  /** @param onAbandoned - told of jobs whose result is no longer wanted */
  constructor(clock: Clock, onAbandoned: (job: number) => void) {
    this.#clock = clock;
    this.#onAbandoned = onAbandoned;
  }

  open(deadline: Milliseconds): RecognitionJob {
    const id = this.#next++;
    const settle = deferred<Transcript>();
    settle.promise.catch(() => undefined); // a job may be cancelled by someone who no longer listens
    const abandon = (error: IvrError): void => {
      if (this.#end(id) === undefined) return;
      settle.reject(error);
      this.#onAbandoned(id);
    };
    const stopTimer = this.#clock.after(deadline, () =>
      abandon(
        new IvrError('DEADLINE_EXCEEDED', `the recognition took longer than ${deadline} ms`, { limit_ms: deadline }),
      ),
    );
    this.#pending.set(id, { settle, stopTimer });
    return {
      id,
      transcript: settle.promise,
      cancel: () => abandon(new IvrError('CANCELLED', 'the recognition was cancelled')),
    };
  }

  resolve(job: number, transcript: Transcript): void {
    this.#end(job)?.settle.resolve(transcript);
  }

  reject(job: number, error: IvrError): void {
    this.#end(job)?.settle.reject(error);
  }

  rejectAll(error: IvrError): void {
    for (const job of this.#pending.keys()) this.reject(job, error);
  }

  #end(job: number): Pending | undefined {
    const pending = this.#pending.get(job);
    this.#pending.delete(job);
    pending?.stopTimer();
    return pending;
  }
}
