import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { IvrError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import { entryPoint } from '../../lib/entry.ts';
import { nativeEnvironment } from '../../lib/native-environment.ts';
import { processTime } from '../../lib/process-time.ts';
import { StallWatch } from '../../lib/stall-watch.ts';
import { BatchReader, REPLY_BYTES } from './silero-wire.ts';

/** Without an answer for so long it hangs. */
const HUNG_AFTER = ms(1_000);
/** Loading takes half a second on an idle machine. */
const START_LIMIT = ms(15_000);
/** After our end of the pipe is closed; then it is killed. */
const STOP_LIMIT = ms(1_000);

export interface SileroChildHandlers {
  readonly onReady: () => void;
  readonly onReplies: (count: number, items: DataView) => void;
  /** Once, whatever the cause; not when `stop` was called. */
  readonly onLost: (error: IvrError) => void;
}

/** One run of the process that holds the model. */
export class SileroChild {
  readonly #process: ChildProcess;
  readonly #handlers: SileroChildHandlers;
  readonly #gone: Promise<void>;
  readonly #clock: Clock;
  readonly #stall: StallWatch;
  #cancelStart: () => void;
  /** Batches that it has not answered. */
  #owed = 0;
  #over = false;

  constructor(modelPath: string, clock: Clock, handlers: SileroChildHandlers) {
    this.#handlers = handlers;
    this.#clock = clock;
    const entry = fileURLToPath(entryPoint(import.meta.url, './silero-process.js'));
    this.#process = spawn(process.execPath, [entry, modelPath], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: nativeEnvironment(),
    });
    this.#cancelStart = clock.after(START_LIMIT, () => this.kill('it did not load its model in time'));
    this.#stall = new StallWatch({
      limit: HUNG_AFTER,
      clock,
      processTime: () => (this.pid === undefined ? undefined : processTime(this.pid)),
      onStall: () => this.kill('it does not answer'),
    });
    this.#gone = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => {
        this.#lost(`it ended with ${signal ?? `code ${code}`}`);
        resolve();
      });
      this.#process.once('error', (error) => {
        this.#lost('it could not be started', error);
        resolve();
      });
    });
    // a broken pipe is followed by 'close', which says all
    this.#process.stdin?.on('error', () => undefined);
    const reader = new BatchReader(REPLY_BYTES, (count, items) => this.#take(count, items));
    this.#process.stdout?.on('data', (chunk: Buffer) => {
      if (!reader.push(chunk)) this.kill('it does not speak our protocol');
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** A batch, which it answers. */
  send(bytes: Uint8Array): void {
    if (this.#over) return;
    if (this.#owed++ === 0) this.#stall.begin();
    this.#process.stdin?.write(bytes);
  }

  /** Ends it for a cause; `onLost` is told. */
  kill(because: string): void {
    this.#lost(because);
    this.#process.kill('SIGKILL');
  }

  /** Ends it in peace: closes its input, waits, kills at the deadline. */
  async stop(): Promise<void> {
    this.#over = true;
    this.#cancelStart();
    this.#stall.end();
    this.#process.stdin?.end();
    const cancel = this.#clock.after(STOP_LIMIT, () => this.#process.kill('SIGKILL'));
    await this.#gone;
    cancel();
  }

  #take(count: number, items: DataView): void {
    if (this.#over) return;
    if (count === 0) {
      this.#cancelStart();
      return this.#handlers.onReady();
    }
    this.#stall.sign();
    if (--this.#owed === 0) this.#stall.end();
    this.#handlers.onReplies(count, items);
  }

  #lost(because: string, cause?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelStart();
    this.#stall.end();
    const text = `the process of voice-activity detection is lost: ${because}`;
    this.#handlers.onLost(new IvrError('MEDIA_WORKER_LOST', text, { process: 'silero', because }, cause));
  }
}
