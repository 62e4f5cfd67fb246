import { asError } from '../domain/error.ts';
import { type Milliseconds, ms } from '../domain/units.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

export interface Job {
  readonly name: string;
  readonly every: Milliseconds;
  /** After the start, where that is not `every`. */
  readonly first?: Milliseconds;
  readonly run: () => Promise<unknown>;
}

export interface RunningJob extends AsyncDisposable {
  /** How long it has been since the last run that succeeded, or since the start. */
  readonly silent: () => Milliseconds;
  /** No run has succeeded for three intervals: whatever it watches is not watched. */
  readonly overdue: () => boolean;
}

/** By the monotonic clock, so that neither a clock that is set nor a night on which clocks change stops it. One run at a time. */
export function runEvery(
  { name, every, first = every, run }: Job,
  clock: Pick<Clock, 'now' | 'after'>,
  logger: Logger,
): RunningJob {
  let last = clock.now();
  let closed = false;
  let running: Promise<void> = Promise.resolve();
  let stop = clock.after(first, go);
  function go(): void {
    running = run()
      .then(
        () => void (last = clock.now()),
        (thrown: unknown) => logger.error({ job: name }, 'a job failed and will be tried again', asError(thrown)),
      )
      .then(() => {
        if (!closed) stop = clock.after(every, go);
      });
  }
  const silent = (): Milliseconds => ms(clock.now() - last);
  return {
    silent,
    overdue: () => silent() > 3 * every,
    async [Symbol.asyncDispose]() {
      closed = true;
      stop();
      await running;
    },
  };
}
