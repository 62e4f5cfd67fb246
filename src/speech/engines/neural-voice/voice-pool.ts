import { asError, IvrError } from '../../../domain/error.ts';
import { type Milliseconds, ms, seconds } from '../../../domain/units.ts';
import type { Logger } from '../../../lib/logger.ts';
import { Scope } from '../../../lib/scope.ts';
import type { VoiceChild } from './voice-child.ts';
import type { NeuralVoice } from './voices.ts';

interface Task {
  readonly clause: string;
  readonly voice: NeuralVoice;
  readonly resolve: (samples: Int16Array) => void;
  readonly reject: (error: Error) => void;
  wanted: boolean;
  attempts: number;
}

export interface VoicePoolOptions {
  readonly start: (signal: AbortSignal) => Promise<VoiceChild>;
  readonly processes: number;
  /** For one clause. */
  readonly limit: Milliseconds;
}

const ATTEMPTS = 2;
/** For a process, while the lost ones are replaced. */
const LONGEST_WAIT = seconds(10);
const BACKOFF_MS = { first: 200, most: 10_000 };

/**
 * Voice processes, first come, first served by the clause: of two texts that are made at the same time neither waits for
 * the other's end. A process that dies or takes too long is replaced, and its clause tried once more.
 */
export class VoicePool implements AsyncDisposable {
  readonly #options: VoicePoolOptions;
  readonly #logger: Logger;
  readonly #scope: Scope;
  readonly #idle: VoiceChild[] = [];
  readonly #waiting: Task[] = [];

  constructor(options: VoicePoolOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#scope = new Scope((error) => logger.warn({}, 'a voice process did not close cleanly', error));
  }

  /** @throws IvrError as `start` */
  async open(): Promise<void> {
    try {
      await Promise.all(Array.from({ length: this.#options.processes }, () => this.#hire()));
    } catch (thrown) {
      await this.#scope.close();
      throw asError(thrown);
    }
  }

  /**
   * @returns 8 kHz mono 16-bit
   * @throws IvrError SYNTHESIS_FAILED, SYNTHESIZER_UNREACHABLE (closed, or the process died twice), CANCELLED
   */
  speak(clause: string, voice: NeuralVoice, signal: AbortSignal): Promise<Int16Array> {
    if (signal.aborted) return Promise.reject(cancelled());
    if (this.#scope.closed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        task.wanted = false;
        const at = this.#waiting.indexOf(task);
        if (at >= 0) this.#waiting.splice(at, 1);
        task.reject(cancelled()); // a clause under way is finished and thrown away: it is short
      };
      const patience = setTimeout(() => {
        const at = this.#waiting.indexOf(task);
        if (at < 0) return; // it is being spoken: that has a limit of its own
        this.#waiting.splice(at, 1);
        task.reject(new IvrError('SYNTHESIZER_UNREACHABLE', 'no voice process is free', { waited_ms: LONGEST_WAIT }));
      }, LONGEST_WAIT);
      const settle = (): void => {
        clearTimeout(patience);
        signal.removeEventListener('abort', onAbort);
      };
      const task: Task = {
        clause,
        voice,
        resolve(samples) {
          settle();
          resolve(samples);
        },
        reject(error) {
          settle();
          reject(error);
        },
        wanted: true,
        attempts: 0,
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(task);
      this.#assign();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const task of this.#waiting.splice(0)) task.reject(closed());
    await this.#scope.close();
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const child = this.#idle.shift();
      if (child === undefined) return;
      const task = this.#waiting.shift();
      if (task !== undefined) void this.#run(child, task);
    }
  }

  async #run(child: VoiceChild, task: Task): Promise<void> {
    task.attempts++;
    try {
      task.resolve(await child.speak(task.clause, task.voice, this.#options.limit));
      this.#idle.push(child);
    } catch (thrown) {
      const lost = thrown instanceof IvrError && thrown.code === 'SYNTHESIZER_UNREACHABLE';
      if (!lost) this.#idle.push(child);
      if (lost && task.wanted && task.attempts < ATTEMPTS && !this.#scope.closed) this.#waiting.unshift(task);
      else task.reject(lost && this.#scope.closed ? closed() : asError(thrown));
    }
    this.#assign();
  }

  async #hire(): Promise<void> {
    const child = await this.#options.start(this.#scope.signal);
    const forget = this.#scope.defer(() => child.close());
    void child.ended.then(() => {
      forget();
      const at = this.#idle.indexOf(child);
      if (at >= 0) this.#idle.splice(at, 1);
      if (!this.#scope.closed) void this.#replace();
    });
    this.#idle.push(child);
    this.#assign();
  }

  /** Tries until one is up. */
  async #replace(): Promise<void> {
    for (let delay = BACKOFF_MS.first; !this.#scope.closed; delay = Math.min(BACKOFF_MS.most, delay * 2)) {
      await pause(ms(delay), this.#scope);
      if (this.#scope.closed) return;
      try {
        await this.#hire();
        this.#logger.warn({}, 'a voice process was lost and replaced');
        return;
      } catch (thrown) {
        if (!this.#scope.closed)
          this.#logger.error({ retry_ms: delay * 2 }, 'a voice process could not be replaced', asError(thrown));
      }
    }
  }
}

/** Waits, or until the scope closes. */
const pause = (delay: Milliseconds, scope: Scope): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      forget();
      resolve();
    };
    const timer = setTimeout(done, delay);
    const forget = scope.defer(done);
  });

const cancelled = (): IvrError => new IvrError('CANCELLED', 'the synthesis was cancelled');
const closed = (): IvrError => new IvrError('SYNTHESIZER_UNREACHABLE', 'the synthesizer is closed');
