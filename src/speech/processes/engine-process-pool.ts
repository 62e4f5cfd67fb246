import { asError, IvrError } from '../../domain/error.ts';
import { type Milliseconds, ms, seconds } from '../../domain/units.ts';
import { type CancelTimer, systemClock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { Scope } from '../../lib/scope.ts';
import { EngineProcess, type EngineProcessOptions } from './engine-process.ts';

export interface EngineProcessPoolOptions extends EngineProcessOptions {
  readonly processes: number;
  /** That one process works at by turns. */
  readonly jobsAtOnce: number;
  /** How often a job is tried whose process is lost. */
  readonly attempts: number;
  /** Bytes. A process that has grown beyond is replaced by a fresh one, as soon as that has loaded. */
  readonly memory: number;
}

interface Task<Request, Answer> {
  readonly request: Request;
  readonly signal: AbortSignal;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  attempts: number;
}

/** How long a job waits while there is no process at all. */
const LONGEST_OUTAGE = seconds(10);
/** A process that lived so long was well: the next is started without delay. */
const STABLE_AFTER = seconds(30);
const BACKOFF_MS = { second: 200, most: 10_000 };

/**
 * The processes of one speech engine. Jobs are served first come, first served. A process that dies or hangs is replaced, at
 * growing intervals when it dies again and again, and its jobs are tried once more where that was asked for; one that has
 * grown too large is replaced without losing anything.
 */
export class EngineProcessPool<Request, Answer> implements AsyncDisposable {
  readonly #options: EngineProcessPoolOptions;
  readonly #logger: Logger;
  readonly #scope: Scope;
  readonly #serving = new Set<EngineProcess<Request, Answer>>();
  readonly #renewing = new Set<EngineProcess<Request, Answer>>();
  readonly #waiting: Task<Request, Answer>[] = [];
  #failures = 0;

  constructor(options: EngineProcessPoolOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#scope = new Scope((error) => logger.warn({}, `a ${options.name} process did not close cleanly`, error));
  }

  /** Resolves when all have loaded their model. @throws IvrError MODEL_MISSING, MODEL_ALTERED, `codes.unreachable` */
  async open(): Promise<void> {
    try {
      await Promise.all(Array.from({ length: this.#options.processes }, () => this.#hire()));
    } catch (thrown) {
      await this.#scope.close();
      throw asError(thrown);
    }
  }

  /** @throws IvrError `codes.unreachable` (closed, no process for 10 s, or its process was lost), `codes.failed`, CANCELLED */
  run(request: Request, signal: AbortSignal): Promise<Answer> {
    if (signal.aborted) return Promise.reject(this.#cancelled());
    if (this.#scope.closed) return Promise.reject(this.#unreachable('is closed'));
    return new Promise((resolve, reject) => {
      let stopWaiting: CancelTimer = () => undefined;
      const settle = (): void => {
        stopWaiting();
        signal.removeEventListener('abort', onAbort);
        const at = this.#waiting.indexOf(task);
        if (at >= 0) this.#waiting.splice(at, 1);
      };
      const task: Task<Request, Answer> = {
        request,
        signal,
        resolve(answer) {
          settle();
          resolve(answer);
        },
        reject(error) {
          settle();
          reject(error);
        },
        attempts: 0,
      };
      const onAbort = (): void => task.reject(this.#cancelled());
      const lookAgain = (): void => {
        stopWaiting = systemClock.after(LONGEST_OUTAGE, () => {
          // behind others it waits as long as they are worked at: each of them has its limit
          if (this.#serving.size > 0 || !this.#waiting.includes(task)) lookAgain();
          else task.reject(this.#unreachable('is not back'));
        });
      };
      lookAgain();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(task);
      this.#assign();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const task of this.#waiting.splice(0)) task.reject(this.#unreachable('is closed'));
    await this.#scope.close();
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const free = [...this.#serving].filter(({ busy }) => busy < this.#options.jobsAtOnce);
      const [process] = free.sort((one, other) => one.busy - other.busy);
      const task = process === undefined ? undefined : this.#waiting.shift();
      if (process === undefined || task === undefined) return;
      void this.#work(process, task);
    }
  }

  async #work(process: EngineProcess<Request, Answer>, task: Task<Request, Answer>): Promise<void> {
    task.attempts++;
    try {
      task.resolve(await process.work(task.request, task.signal));
      if (process.rss > this.#options.memory) void this.#renew(process);
    } catch (thrown) {
      // not by the code: an engine may have one for both
      const { lost } = process;
      if (lost) this.#discard(process);
      if (lost && task.attempts < this.#options.attempts && !task.signal.aborted && !this.#scope.closed)
        this.#waiting.unshift(task);
      else task.reject(lost && this.#scope.closed ? this.#unreachable('is closed') : asError(thrown));
    }
    this.#assign();
  }

  async #hire(): Promise<void> {
    const process = await EngineProcess.start<Request, Answer>(this.#options, this.#scope.signal);
    const startedAt = systemClock.now();
    const forget = this.#scope.defer(() => process.close());
    this.#serving.add(process);
    void process.ended.then(() => {
      forget();
      if (systemClock.now() - startedAt >= STABLE_AFTER) this.#failures = 0;
      this.#discard(process);
    });
    this.#assign();
  }

  /** Dying or hung: not asked again, or the next job would meet it. Another takes its place. */
  #discard(process: EngineProcess<Request, Answer>): void {
    process.kill();
    if (this.#serving.delete(process) && !this.#scope.closed) void this.#replace();
  }

  /** Tries until one is up. */
  async #replace(): Promise<void> {
    const { name } = this.#options;
    while (!this.#scope.closed) {
      const delay = this.#failures === 0 ? 0 : Math.min(BACKOFF_MS.most, BACKOFF_MS.second * 2 ** (this.#failures - 1));
      this.#failures++;
      await pause(ms(delay), this.#scope);
      if (this.#scope.closed) return;
      try {
        await this.#hire();
        this.#logger.warn({}, `the ${name} process was lost and replaced`);
        return;
      } catch (thrown) {
        if (!this.#scope.closed)
          this.#logger.error({ attempt: this.#failures }, `the ${name} process could not be replaced`, asError(thrown));
      }
    }
  }

  async #renew(process: EngineProcess<Request, Answer>): Promise<void> {
    if (this.#renewing.has(process)) return;
    this.#renewing.add(process);
    const { name, memory } = this.#options;
    this.#logger.warn(
      { rss_bytes: process.rss, limit_bytes: memory },
      `the ${name} process has grown too large and is being replaced`,
    );
    try {
      await this.#hire();
      this.#serving.delete(process);
      await process.retire();
    } catch (thrown) {
      if (!this.#scope.closed)
        this.#logger.error({}, `the ${name} process could not be replaced; it goes on`, asError(thrown));
    } finally {
      this.#renewing.delete(process);
    }
  }

  #unreachable(why: string): IvrError {
    return new IvrError(this.#options.codes.unreachable, `the ${this.#options.name} ${why}`);
  }

  #cancelled(): IvrError {
    return new IvrError('CANCELLED', `the work of the ${this.#options.name} was cancelled`);
  }
}

/** Waits, or until the scope closes. */
const pause = (delay: Milliseconds, scope: Scope): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      cancel();
      forget();
      resolve();
    };
    const cancel = systemClock.after(delay, done);
    const forget = scope.defer(done);
  });
