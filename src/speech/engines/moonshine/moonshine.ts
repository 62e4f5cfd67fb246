import { asError, IvrError } from '../../../domain/error.ts';
import { ms } from '../../../domain/units.ts';
import type { Logger } from '../../../lib/logger.ts';
import { Scope } from '../../../lib/scope.ts';
import type { Recognizer } from '../../recognizer.ts';
import { findModel } from './model-files.ts';
import { type MoonshineChild, startMoonshineChild } from './moonshine-child.ts';

export interface MoonshineOptions {
  /** Recognizer processes: so many utterances are decoded at the same time. */
  readonly processes: number;
  /** Threads of each. One is best when there are as many processes as cores. */
  readonly threads: number;
}

const BACKOFF_MS = { first: 200, most: 10_000 };
/** How long a decode waits for a process while the lost ones are replaced. */
const WAIT_MS = 10_000;

/**
 * Moonshine tiny-en in processes of its own. Resolves when all have loaded their model (about 1.5 s).
 * A process that dies or doesn't answer is replaced; its utterance fails with RECOGNIZER_UNREACHABLE.
 *
 * @throws IvrError MODEL_MISSING, RECOGNIZER_UNREACHABLE
 */
export async function openMoonshine({ processes, threads }: MoonshineOptions, logger: Logger): Promise<Recognizer> {
  findModel();
  const scope = new Scope((error) => logger.warn({}, 'a recognizer process did not close cleanly', error));
  const children = new Set<MoonshineChild>();
  const idle: MoonshineChild[] = [];
  const waiters: ((child: MoonshineChild) => void)[] = [];
  const offer = (child: MoonshineChild): void => {
    if (!children.has(child)) return;
    const waiter = waiters.shift();
    if (waiter === undefined) idle.push(child);
    else waiter(child);
  };
  const retire = (child: MoonshineChild): void => {
    children.delete(child);
    child.kill();
  };
  const start = async (): Promise<void> => {
    const child = await startMoonshineChild(threads, scope.signal);
    children.add(child);
    const forget = scope.defer(() => child.close());
    void child.ended.then(() => {
      forget();
      children.delete(child);
      const at = idle.indexOf(child);
      if (at >= 0) idle.splice(at, 1);
      if (!scope.closed) void replace();
    });
    offer(child);
  };
  const replace = async (): Promise<void> => {
    for (let delay = BACKOFF_MS.first; !scope.closed; delay = Math.min(BACKOFF_MS.most, delay * 2)) {
      await pause(delay, scope);
      if (scope.closed) return;
      try {
        await start();
        logger.warn({ processes: children.size }, 'a recognizer process was lost and replaced');
        return;
      } catch (thrown) {
        if (!scope.closed)
          logger.error({ retry_ms: delay * 2 }, 'a recognizer process could not be replaced', asError(thrown));
      }
    }
  };
  const acquire = (signal: AbortSignal): Promise<MoonshineChild> => {
    const free = idle.shift();
    if (free !== undefined) return Promise.resolve(free);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        forget();
        const at = waiters.indexOf(waiter);
        if (at >= 0) waiters.splice(at, 1);
      };
      const refuse = (error: IvrError): void => {
        settle();
        reject(error);
      };
      const waiter = (child: MoonshineChild): void => {
        settle();
        resolve(child);
      };
      const onAbort = (): void => refuse(new IvrError('CANCELLED', 'the decode was cancelled'));
      const timer = setTimeout(
        () =>
          refuse(new IvrError('RECOGNIZER_UNREACHABLE', 'no recognizer process is free', { processes: children.size })),
        WAIT_MS,
      );
      const forget = scope.defer(() => refuse(new IvrError('RECOGNIZER_UNREACHABLE', 'the recognizer is closed')));
      signal.addEventListener('abort', onAbort, { once: true });
      waiters.push(waiter);
    });
  };

  try {
    await Promise.all(Array.from({ length: processes }, start));
  } catch (thrown) {
    await scope.close();
    throw asError(thrown);
  }
  return {
    name: 'moonshine-tiny-en',
    languages: ['en'],
    concurrency: processes,
    async decode(audio, request, signal) {
      if (scope.closed) throw new IvrError('RECOGNIZER_UNREACHABLE', 'the recognizer is closed');
      if (signal.aborted) throw new IvrError('CANCELLED', 'the decode was cancelled');
      const child = await acquire(signal);
      try {
        const { understood, decode_ms } = await child.decode(audio, request, signal);
        return { ...understood, decode: ms(decode_ms) };
      } catch (thrown) {
        // dying or hung: not offered again, or the retry would meet it
        if (thrown instanceof IvrError && thrown.code === 'RECOGNIZER_UNREACHABLE') retire(child);
        throw thrown;
      } finally {
        offer(child);
      }
    },
    [Symbol.asyncDispose]: () => scope.close(),
  };
}

/** Waits, or until the scope closes. */
const pause = (delay: number, scope: Scope): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      forget();
      resolve();
    };
    const timer = setTimeout(done, delay);
    const forget = scope.defer(done);
  });
