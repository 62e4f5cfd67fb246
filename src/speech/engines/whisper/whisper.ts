import { asError, IvrError } from '../../../domain/error.ts';
import { ms } from '../../../domain/units.ts';
import type { Logger } from '../../../lib/logger.ts';
import { Scope } from '../../../lib/scope.ts';
import type { Recognizer } from '../../recognizer.ts';
import type { SpokenLanguage } from './vocabulary.ts';
import { startWhisperChild, type WhisperChild } from './whisper-child.ts';

export interface WhisperOptions {
  /** Utterances that are decoded at the same time, by turns. */
  readonly decoders: number;
  /** Threads that work at one step of one of them. */
  readonly threads: number;
}

/** Primary subtags of BCP 47. */
export const WHISPER_LANGUAGES: readonly SpokenLanguage[] = ['en', 'zh'];
const BACKOFF_MS = { first: 0, second: 200, most: 10_000 };
/** How long a decode waits for a process while the lost one is replaced. */
const WAIT_MS = 10_000;

interface Waiter {
  take(child: WhisperChild): void;
}

/**
 * Whisper base for English and Mandarin in a process of its own, which holds the model once and decodes several utterances.
 * Resolves when the model is checked and loaded (about half a second). A process that dies or doesn't answer is replaced at
 * once; its utterances fail with RECOGNIZER_UNREACHABLE.
 *
 * @throws IvrError MODEL_MISSING, MODEL_ALTERED, RECOGNIZER_UNREACHABLE
 */
export async function openWhisper(options: WhisperOptions, logger: Logger): Promise<Recognizer> {
  const scope = new Scope((error) => logger.warn({}, 'the recognizer process did not close cleanly', error));
  const waiters = new Set<Waiter>();
  let serving: WhisperChild | undefined;

  const start = async (): Promise<void> => {
    const child = await startWhisperChild(options, scope.signal);
    const forget = scope.defer(() => child.close());
    void child.ended.then(() => {
      forget();
      if (serving === child) serving = undefined;
      if (!scope.closed) void replace();
    });
    serving = child;
    for (const waiter of waiters) waiter.take(child);
  };
  const replace = async (): Promise<void> => {
    let delay = BACKOFF_MS.first;
    while (!scope.closed) {
      await pause(delay, scope);
      if (scope.closed) return;
      delay = Math.min(BACKOFF_MS.most, Math.max(BACKOFF_MS.second, delay * 2));
      try {
        await start();
        logger.warn({}, 'the recognizer process was lost and replaced');
        return;
      } catch (thrown) {
        if (!scope.closed)
          logger.error({ retry_ms: delay }, 'the recognizer process could not be replaced', asError(thrown));
      }
    }
  };
  const child = (signal: AbortSignal): Promise<WhisperChild> => {
    if (serving !== undefined) return Promise.resolve(serving);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        forget();
        waiters.delete(waiter);
      };
      const refuse = (error: IvrError): void => {
        settle();
        reject(error);
      };
      const waiter: Waiter = {
        take(started) {
          settle();
          resolve(started);
        },
      };
      const onAbort = (): void => refuse(new IvrError('CANCELLED', 'the decode was cancelled'));
      const timer = setTimeout(
        () => refuse(new IvrError('RECOGNIZER_UNREACHABLE', 'the recognizer process is not back')),
        WAIT_MS,
      );
      const forget = scope.defer(() => refuse(new IvrError('RECOGNIZER_UNREACHABLE', 'the recognizer is closed')));
      signal.addEventListener('abort', onAbort, { once: true });
      waiters.add(waiter);
    });
  };

  try {
    await start();
  } catch (thrown) {
    await scope.close();
    throw asError(thrown);
  }
  return {
    name: 'whisper-base-zh-en',
    languages: WHISPER_LANGUAGES,
    concurrency: options.decoders,
    async decode(audio, request, signal) {
      if (scope.closed) throw new IvrError('RECOGNIZER_UNREACHABLE', 'the recognizer is closed');
      if (signal.aborted) throw new IvrError('CANCELLED', 'the decode was cancelled');
      const language = WHISPER_LANGUAGES.find((known) => request.language.toLowerCase().split('-')[0] === known);
      if (language === undefined)
        throw new IvrError('RECOGNITION_FAILED', `the recognizer does not know ${request.language}`, {
          language: request.language,
        });
      const asked = await child(signal);
      try {
        const { understood, decode_ms } = await asked.decode(audio, request, language, signal);
        return { ...understood, decode: ms(decode_ms) };
      } catch (thrown) {
        // dying or hung: not asked again, or the retry would meet it
        if (thrown instanceof IvrError && thrown.code === 'RECOGNIZER_UNREACHABLE') {
          if (serving === asked) serving = undefined;
          asked.kill();
        }
        throw thrown;
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
