import { asError } from '../domain/error.ts';
import { type Milliseconds, ms } from '../domain/units.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import { sharedAborter } from './shared-aborter.ts';

export interface Job {
  readonly name: string;
  readonly every: Milliseconds;
  /** After the start, where that is not `every`. */
  readonly first?: Milliseconds;
  /** Without a success for so long it is overdue. Default: three intervals. */
  readonly longest?: Milliseconds;
  /** @param signal - aborts when the job is to end: what can be gone on with later is left */
  readonly run: (signal: AbortSignal) => Promise<unknown>;
}

export interface RunningJob extends AsyncDisposable {
  /** How long it has been since the last run that succeeded, or since the start. */
  readonly silent: () => Milliseconds;
  /** No run has succeeded for `longest`: whatever it watches is not watched. */
  readonly overdue: () => boolean;
}

/** An overdue job is told of in the log no sooner than this: a busy minute is no trouble. */
const TOLD_AFTER_MS = 60_000;

/**
 * By the monotonic clock, so that neither a clock that is set nor a night on which clocks change stops it. One run at a time. Closing it aborts a run and
 * waits for its end. A run that hangs is told of as one that fails is, by a timer of its own.
 *
 * @param until - aborts, too, when the job is to end: all jobs of a scope then end at the same time, and are closed one after the other
 */
export function runEvery(
  { name, every, first = every, longest = ms(3 * every), run }: Job,
  clock: Pick<Clock, 'now' | 'after'>,
  logger: Logger,
  until?: AbortSignal,
): RunningJob {
  let last = clock.now();
  const closing = sharedAborter();
  const end = (): void => closing.abort();
  if (until?.aborted === true) end();
  until?.addEventListener('abort', end, { once: true });
  let running: Promise<void> = Promise.resolve();
  let stop = clock.after(first, go);
  function go(): void {
    if (closing.signal.aborted) return;
    running = run(closing.signal)
      .then(
        () => {
          last = clock.now();
          told = false;
        },
        (thrown: unknown) => {
          if (closing.signal.aborted) return; // what it had begun is gone on with by the next start
          logger.error({ job: name }, 'a job failed and will be tried again', asError(thrown));
        },
      )
      .then(() => {
        if (!closing.signal.aborted) stop = clock.after(every, go);
      });
  }
  const silent = (): Milliseconds => ms(clock.now() - last);
  const overdue = (): boolean => silent() > longest;
  let told = false;
  const tellAfter = Math.max(longest, TOLD_AFTER_MS);
  let stopWatching = clock.after(ms(tellAfter), watch);
  function watch(): void {
    if (closing.signal.aborted) return;
    const left = tellAfter - silent();
    if (left < 0 && !told)
      logger.error({ job: name, silent_ms: silent() }, 'a job is overdue: what it does is not done');
    told = left < 0;
    stopWatching = clock.after(ms(told ? tellAfter : left + 1), watch);
  }
  return {
    silent,
    overdue,
    async [Symbol.asyncDispose]() {
      until?.removeEventListener('abort', end);
      end();
      stop();
      stopWatching();
      await running;
    },
  };
}
