import type { MessagePort, Worker } from 'node:worker_threads';
import { IvrError } from '../../domain/error.ts';
import { ms, seconds } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import { within } from '../../lib/deadline.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Logger } from '../../lib/logger.ts';
import { fromRemoteError } from '../worker/remote-error.ts';
import type { FromSpeechWorker, SpeechWorkerOpened, ToSpeechWorker } from '../worker/speech-worker-protocol.ts';

type Told = Exclude<FromSpeechWorker, { readonly type: 'open' | 'open-failed' }>;

export interface SpeechWorkerLinkOptions {
  readonly start: () => Worker;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onMessage: (message: Told) => void;
  /** The worker is gone: whatever it was asked will not be answered. */
  readonly onLost: () => void;
  /** A replacement is up. */
  readonly onReplaced: (opened: SpeechWorkerOpened) => void;
}

const OPEN_LIMIT = seconds(60);
const CLOSE_LIMIT = seconds(5);
/** A worker that lived so long was well: the next is started without delay. */
const STABLE_AFTER = 30_000;
const FIRST_DELAY = 100;
const LONGEST_DELAY = 5000;

/** Keeps one speech worker running: starts it, replaces it when it dies (at growing intervals), ends it. */
export class SpeechWorkerLink {
  readonly #options: SpeechWorkerLinkOptions;
  #worker: Worker | undefined;
  #everOpen = false;
  #restarting: CancelTimer | undefined;
  readonly #ended = deferred<void>();
  #failures = 0;
  #openedAt = 0;
  #restarts = 0;
  #closed = false;

  constructor(options: SpeechWorkerLinkOptions) {
    this.#options = options;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** @throws IvrError as openSpeechWorkerCore, DEADLINE_EXCEEDED */
  async open(): Promise<SpeechWorkerOpened> {
    const opening = this.#start();
    try {
      return await within(opening, OPEN_LIMIT, 'starting the speech worker');
    } catch (thrown) {
      await this.close();
      throw thrown;
    }
  }

  /** False when there is no worker at the moment. */
  post(message: ToSpeechWorker, transfer: readonly MessagePort[] = []): boolean {
    this.#worker?.postMessage(message, transfer);
    return this.#worker !== undefined;
  }

  /** Idempotent. Asks it to end; makes it end when it does not. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#restarting?.();
      if (!this.post({ type: 'close' })) this.#ended.resolve();
    }
    await within(this.#ended.promise, CLOSE_LIMIT, 'closing the speech worker').catch(() => this.#worker?.terminate());
  }

  #start(): Promise<SpeechWorkerOpened> {
    const opening = deferred<SpeechWorkerOpened>();
    const worker = this.#options.start();
    this.#worker = worker;
    worker.on('message', (message: FromSpeechWorker) => {
      if (message.type === 'open') {
        this.#openedAt = this.#options.clock.now();
        this.#everOpen = true;
        opening.resolve(message);
      } else if (message.type === 'open-failed') opening.reject(fromRemoteError(message.error));
      else this.#options.onMessage(message);
    });
    worker.on('error', (error) => {
      this.#options.logger.error({}, 'the speech worker failed', error);
      opening.reject(new IvrError('SYNTHESIZER_UNREACHABLE', 'the speech worker failed', {}, error));
    });
    worker.on('exit', (status) => {
      opening.reject(new IvrError('SYNTHESIZER_UNREACHABLE', 'the speech worker ended', { status }));
      this.#lose();
    });
    return opening.promise;
  }

  #lose(): void {
    this.#worker = undefined;
    if (this.#closed || !this.#everOpen) {
      this.#ended.resolve();
      return;
    }
    this.#options.onLost();
    if (this.#options.clock.now() - this.#openedAt > STABLE_AFTER) this.#failures = 0;
    const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#failures);
    this.#failures++;
    this.#options.logger.warn({ delay_ms: delay }, 'the speech worker is being replaced');
    this.#restarting = this.#options.clock.after(ms(delay), () => this.#restart());
  }

  #restart(): void {
    this.#restarts++;
    this.#start().then(
      (opened) => (this.#closed ? undefined : this.#options.onReplaced(opened)),
      (thrown: unknown) =>
        this.#options.logger.error(
          { code: thrown instanceof IvrError ? thrown.code : 'INTERNAL' },
          'the speech worker could not be replaced yet',
        ),
    );
  }
}
