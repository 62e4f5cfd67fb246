import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { asError, type ErrorCode, IvrError } from '../../domain/error.ts';
import { type Milliseconds, seconds } from '../../domain/units.ts';
import { systemClock } from '../../lib/clock.ts';
import { type Deferred, deferred } from '../../lib/deferred.ts';
import { nativeEnvironment } from '../../lib/native-environment.ts';
import { processTime } from '../../lib/process-time.ts';
import { StallWatch } from '../../lib/stall-watch.ts';
import type { FromEngine, ToEngine } from './engine-messages.ts';

export interface EngineProcessOptions {
  /** What logs and errors call it: 'recognizer'. */
  readonly name: string;
  /** The file that it runs, which calls `serveEngine`. */
  readonly entry: URL;
  readonly args: readonly string[];
  /** Without a step for so long it hangs, and is killed (see StallWatch). */
  readonly stall: Milliseconds;
  readonly codes: {
    /** The process is gone. */
    readonly unreachable: ErrorCode;
    /** A job failed; the process lives. */
    readonly failed: ErrorCode;
  };
}

const START_LIMIT = seconds(30);
const CLOSE_LIMIT = seconds(2);
const STDERR_KEPT = 1_024;
/** What a start may fail with beside `unreachable`. */
const START_CODES: ReadonlySet<ErrorCode | undefined> = new Set(['MODEL_MISSING', 'MODEL_ALTERED'] as const);

/** A process of a speech engine, seen from the speech worker. */
export class EngineProcess<Request, Answer> {
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #options: EngineProcessOptions;
  readonly #child: ChildProcess;
  readonly #started = deferred<void>();
  readonly #starting: StallWatch;
  readonly #working: StallWatch;
  readonly #jobs = new Map<number, Deferred<Answer>>();
  #nextJob = 1;
  #complaint = '';
  #gone: IvrError | undefined;
  #rss = 0;
  #idle = deferred<void>();

  private constructor(options: EngineProcessOptions) {
    this.#options = options;
    const child = fork(fileURLToPath(options.entry), options.args, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: nativeEnvironment(),
      execArgv: [],
    });
    this.#child = child;
    this.#starting = this.#watch(START_LIMIT);
    this.#working = this.#watch(options.stall);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-STDERR_KEPT);
    });
    child.on('message', (message: FromEngine<Answer>) => this.#take(message));
    child.once('error', (error) => this.#lose('did not start', error));
    this.ended = whenEnded(child).then(() =>
      this.#lose(`ended (${child.signalCode ?? child.exitCode ?? 'not started'})`),
    );
  }

  /**
   * Starts a process and waits until its model is loaded.
   *
   * @throws IvrError MODEL_MISSING, MODEL_ALTERED, `codes.unreachable`
   */
  static async start<Request, Answer>(
    options: EngineProcessOptions,
    signal: AbortSignal,
  ): Promise<EngineProcess<Request, Answer>> {
    const self = new EngineProcess<Request, Answer>(options);
    const kill = (): void => self.kill();
    signal.addEventListener('abort', kill, { once: true });
    self.#starting.begin();
    try {
      if (signal.aborted) kill();
      await self.#started.promise;
      return self;
    } catch (thrown) {
      self.kill();
      await self.ended;
      throw asError(thrown);
    } finally {
      self.#starting.end();
      signal.removeEventListener('abort', kill);
    }
  }

  /** Jobs that it has not answered. */
  get busy(): number {
    return this.#jobs.size;
  }

  /** It has ended, hangs or takes no message: jobs fail at once. */
  get lost(): boolean {
    return this.#gone !== undefined;
  }

  /** Bytes of memory, after its last job. */
  get rss(): number {
    return this.#rss;
  }

  /**
   * Settles when the process answers: also a job that was cancelled has its place until then.
   *
   * @throws IvrError `codes.unreachable`, `codes.failed`, CANCELLED
   */
  async work(request: Request, signal: AbortSignal): Promise<Answer> {
    if (this.#gone !== undefined) throw this.#gone;
    const job = this.#nextJob++;
    const settle = deferred<Answer>();
    this.#jobs.set(job, settle);
    this.#working.begin();
    const cancel = (): void => this.#send({ type: 'cancel', job });
    signal.addEventListener('abort', cancel, { once: true });
    this.#send({ type: 'work', job, request });
    try {
      return await settle.promise;
    } finally {
      signal.removeEventListener('abort', cancel);
      this.#jobs.delete(job);
      if (this.#jobs.size === 0) {
        this.#working.end();
        this.#idle.resolve();
        this.#idle = deferred();
      }
    }
  }

  /** Waits for the jobs that it has, and ends it. */
  async retire(): Promise<void> {
    if (this.busy > 0) await Promise.race([this.#idle.promise, this.ended]);
    await this.close();
  }

  /** Lets it finish, at most 2 s; then kills it. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const cancel = systemClock.after(CLOSE_LIMIT, () => this.kill());
    await this.ended;
    cancel();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #watch(limit: Milliseconds): StallWatch {
    return new StallWatch({
      limit,
      clock: systemClock,
      processTime: () => (this.#child.pid === undefined ? undefined : processTime(this.#child.pid)),
      onStall: () => {
        this.#lose(`gave no sign of life in ${limit} ms of its own`);
        this.kill();
      },
    });
  }

  #send(message: ToEngine<Request>): void {
    if (!this.#child.connected) {
      this.#lose('has ended');
      return;
    }
    this.#child.send(message, (error) => {
      if (error !== null) this.#lose('takes no message', error);
    });
  }

  #take(message: FromEngine<Answer>): void {
    this.#working.sign();
    switch (message.type) {
      case 'ready':
        this.#started.resolve();
        break;
      case 'failed-to-start': {
        const known = START_CODES.has(message.code) ? message.code : undefined;
        this.#started.reject(new IvrError(known ?? this.#options.codes.unreachable, message.message));
        break;
      }
      case 'alive':
        break;
      case 'done':
        this.#rss = message.rss;
        this.#jobs.get(message.job)?.resolve(message.answer);
        break;
      case 'cancelled':
        this.#jobs.get(message.job)?.reject(new IvrError('CANCELLED', 'the job was cancelled'));
        break;
      case 'failed':
        this.#jobs.get(message.job)?.reject(new IvrError(this.#options.codes.failed, message.message));
    }
  }

  /** Whatever waits for it fails. */
  #lose(why: string, cause?: unknown): void {
    const { name, codes } = this.#options;
    this.#gone ??= new IvrError(
      codes.unreachable,
      `the ${name} process ${why}`,
      { pid: this.#child.pid ?? 0 },
      cause ?? (this.#complaint === '' ? undefined : new Error(this.#complaint.trim())),
    );
    this.#working.end();
    this.#started.promise.catch(() => undefined);
    this.#started.reject(this.#gone);
    for (const job of this.#jobs.values()) job.reject(this.#gone);
  }
}

/** By 'exit': Node 20 emits no 'close' once we have disconnected. */
async function whenEnded(child: ChildProcess): Promise<void> {
  try {
    await once(child, 'exit');
  } catch {
    // 'error' instead of 'exit': it never started
  }
}
