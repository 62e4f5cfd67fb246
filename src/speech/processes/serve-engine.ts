import { asError, IvrError } from '../../domain/error.ts';
import type { FromEngine, ToEngine } from './engine-messages.ts';

/** What a process of a speech engine does. */
export interface ServedEngine<Request, Answer> {
  /**
   * Works at one job; several may be under way, by turns.
   *
   * @param signal - aborts when the result is no longer wanted
   * @param alive - to be called after each step: a process that makes no step for long is killed
   */
  work(request: Request, signal: AbortSignal, alive: () => void): Promise<Answer>;
  release(): Promise<void>;
}

/** Steps are told at most so often. */
const ALIVE_EVERY_MS = 250;

/**
 * The main function of an engine's process: opens the engine, works at what comes over the channel to the parent, and ends
 * when that is closed. Engines are native code that blocks its thread and may abort it, so they live apart from the calls.
 */
export async function serveEngine<Request, Answer>(open: () => Promise<ServedEngine<Request, Answer>>): Promise<void> {
  const send = (message: FromEngine<Answer>): void => {
    if (process.connected) process.send?.(message);
  };
  // a terminal or a service manager signals the whole group; the line is drained first, and closes our channel when it is done
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  try {
    serve(await open(), send);
  } catch (thrown) {
    const error = asError(thrown);
    send({
      type: 'failed-to-start',
      code: error instanceof IvrError ? error.code : undefined,
      message: error.message,
    });
    process.exitCode = 1;
    process.disconnect?.();
  }
}

function serve<Request, Answer>(
  engine: ServedEngine<Request, Answer>,
  send: (message: FromEngine<Answer>) => void,
): void {
  const running = new Map<number, { readonly cancel: AbortController; readonly over: Promise<void> }>();
  let told = 0;
  const alive = (): void => {
    const now = performance.now();
    if (now - told < ALIVE_EVERY_MS) return;
    told = now;
    send({ type: 'alive' });
  };
  const work = async (job: number, request: Request, signal: AbortSignal): Promise<void> => {
    try {
      const answer = await engine.work(request, signal, alive);
      send({ type: 'done', job, answer, rss: process.memoryUsage.rss() });
    } catch (thrown) {
      send(signal.aborted ? { type: 'cancelled', job } : { type: 'failed', job, message: asError(thrown).message });
    } finally {
      running.delete(job);
    }
  };
  process.on('message', (message: ToEngine<Request>) => {
    if (message.type === 'cancel') {
      running.get(message.job)?.cancel.abort();
      return;
    }
    const cancel = new AbortController();
    running.set(message.job, { cancel, over: Promise.resolve() });
    const over = work(message.job, message.request, cancel.signal);
    if (running.has(message.job)) running.set(message.job, { cancel, over });
  });
  const end = async (): Promise<void> => {
    for (const { cancel } of running.values()) cancel.abort();
    await Promise.all([...running.values()].map(({ over }) => over));
    await engine.release();
  };
  process.once('disconnect', () => void end());
  if (process.connected) send({ type: 'ready' });
  else void end();
}
