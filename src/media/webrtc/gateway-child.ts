import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { IvrError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import { within } from '../../lib/deadline.ts';
import { type Deferred, deferred } from '../../lib/deferred.ts';
import { entryPoint } from '../../lib/entry.ts';
import { processTime } from '../../lib/process-time.ts';
import { StallWatch } from '../../lib/stall-watch.ts';
import { noCommonCodec } from '../../sdp/far-audio.ts';
import type { FromGateway, GatewayProcessOptions, ToGateway } from './gateway-messages.ts';

export type Done = Extract<FromGateway, { readonly type: 'done' }>;
type WithoutRequest<T> = T extends { readonly request: number } ? Omit<T, 'request'> : never;
export type GatewayCommand = WithoutRequest<ToGateway>;

export interface GatewayChildHandlers {
  readonly onLeg: (leg: number, what: 'connected' | 'ended') => void;
  /** Once, whatever the cause; not when `stop` was called. */
  readonly onLost: (error: IvrError) => void;
}

const START_LIMIT = ms(15_000);
const STOP_LIMIT = ms(2_000);
const ANSWER_LIMIT = ms(5_000);
/** Without an answer for so long of its own time it hangs. */
const HUNG_AFTER = ms(2_000);
const PING_EVERY = ms(2_000);
/** V8 of the process: packets pass through, nothing is kept. */
const HEAP_MB = 128;
/** Memory of the process, native code included: a leg takes some 2 MB. */
const MOST_BYTES = 1024 * 1024 * 1024;
const COMPLAINT_KEPT = 1_024;

/** One run of the gateway's process. */
export class GatewayChild {
  readonly #process: ChildProcess;
  readonly #handlers: GatewayChildHandlers;
  readonly #clock: Clock;
  readonly #ready = deferred<void>();
  readonly #gone: Promise<void>;
  readonly #stall: StallWatch;
  readonly #asked = new Map<number, Deferred<Done>>();
  #request = 0;
  #complaint = '';
  #cancelPing: CancelTimer = () => undefined;
  #over = false;

  constructor(options: GatewayProcessOptions, clock: Clock, handlers: GatewayChildHandlers) {
    this.#handlers = handlers;
    this.#clock = clock;
    const entry = fileURLToPath(entryPoint(import.meta.url, './gateway-process.js'));
    this.#process = fork(entry, [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
    });
    this.#stall = new StallWatch({
      limit: HUNG_AFTER,
      clock,
      processTime: () => (this.pid === undefined ? undefined : processTime(this.pid)),
      onStall: () => this.kill('it does not answer'),
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_KEPT);
    });
    this.#process.on('message', (message: FromGateway) => this.#take(message));
    this.#gone = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => {
        this.#lose(`it ended with ${signal ?? `code ${code}`}`);
        resolve();
      });
      this.#process.once('error', (error) => {
        this.#lose('it could not be started', error);
        resolve();
      });
    });
    this.#ready.promise.catch(() => undefined);
    this.#send(options);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get alive(): boolean {
    return !this.#over;
  }

  /** Resolves when it takes legs. @throws IvrError MEDIA_WORKER_LOST */
  async started(): Promise<void> {
    try {
      await within(this.#ready.promise, START_LIMIT, 'starting the WebRTC gateway');
    } catch (thrown) {
      this.kill('it did not start');
      throw lost('it did not start', thrown);
    }
    this.#ping();
  }

  /** @throws IvrError MEDIA_WORKER_LOST; NO_COMMON_CODEC for what it could not read */
  async ask(command: GatewayCommand): Promise<Done> {
    if (this.#over) throw lost('it has ended');
    const request = ++this.#request;
    const answer = deferred<Done>();
    this.#asked.set(request, answer);
    this.#stall.begin();
    this.#send({ ...command, request });
    try {
      return await within(answer.promise, ANSWER_LIMIT, 'the WebRTC gateway');
    } finally {
      this.#asked.delete(request);
      if (this.#asked.size === 0) this.#stall.end();
    }
  }

  /** Ends it for a cause; `onLost` is told. */
  kill(because: string): void {
    this.#lose(because);
    this.#process.kill('SIGKILL');
  }

  /** Ends it in peace, or kills it at the deadline. */
  async stop(): Promise<void> {
    this.#end();
    if (this.#process.connected) this.#process.disconnect();
    const cancel = this.#clock.after(STOP_LIMIT, () => this.#process.kill('SIGKILL'));
    await this.#gone;
    cancel();
  }

  /** A process that hangs or grows is found out although nobody calls. */
  #ping(): void {
    if (this.#over) return;
    this.ask({ type: 'ping' }).then(
      ({ rss }) => {
        if (rss > MOST_BYTES) return this.kill(`it has grown to ${Math.round(rss / 1024 / 1024)} MB`);
        if (!this.#over) this.#cancelPing = this.#clock.after(PING_EVERY, () => this.#ping());
      },
      () => this.kill('it does not answer'),
    );
  }

  #send(message: GatewayProcessOptions | ToGateway): void {
    this.#process.send(message, (error) => {
      if (error !== null) this.#lose('it takes no message', error);
    });
  }

  #take(message: FromGateway): void {
    this.#stall.sign();
    switch (message.type) {
      case 'ready':
        return this.#ready.resolve();
      case 'done':
        return this.#asked.get(message.request)?.resolve(message);
      case 'refused':
        return this.#asked
          .get(message.request)
          ?.reject(noCommonCodec('unreadable by the WebRTC gateway', new Error(message.message)));
      case 'connected':
      case 'ended':
        if (!this.#over) this.#handlers.onLeg(message.leg, message.type);
    }
  }

  #lose(because: string, cause?: Error): void {
    if (this.#over) return;
    const complaint = this.#complaint === '' ? undefined : new Error(this.#complaint.trim());
    const error = lost(because, cause ?? complaint);
    this.#end(error);
    this.#handlers.onLost(error);
  }

  #end(error: IvrError = lost('it is closed')): void {
    this.#over = true;
    this.#cancelPing();
    this.#stall.end();
    this.#ready.reject(error);
    for (const each of this.#asked.values()) each.reject(error);
  }
}

const lost = (because: string, cause?: unknown): IvrError =>
  new IvrError('MEDIA_WORKER_LOST', `the WebRTC gateway is lost: ${because}`, { process: 'webrtc', because }, cause);
