import { type MessagePort, type Transferable, Worker } from 'node:worker_threads';
import { IvrError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import { within } from '../../lib/deadline.ts';
import type { FromMediaWorker, ToMediaWorker } from './media-protocol.ts';
import { WakeSignal } from './wake-signal.ts';

const REPLY_LIMIT = ms(3_000);
const START_LIMIT = ms(20_000);
const STOP_LIMIT = ms(3_000);

export type Reply = Extract<FromMediaWorker, { readonly request: number }>;
export type Notice = Exclude<FromMediaWorker, Reply>;

const lost = (): IvrError => new IvrError('MEDIA_WORKER_LOST', 'the media worker has ended');

/** One media worker thread as the main thread sees it: started, asked, told, and known when it dies. */
export class WorkerHost {
  /** Endpoints placed here: what the least-loaded worker is chosen by. */
  endpoints = 0;
  readonly #worker: Worker;
  readonly #signal = new WakeSignal();
  readonly #waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  readonly #ready: Promise<void>;
  readonly #gone: Promise<void>;
  #requests = 0;
  #waking = false;
  #stopping = false;
  #alive = true;

  /**
   * @param entry - the worker's entry file
   * @param workerData - its options
   * @param onDeath - called once, when it ends without having been told to
   */
  constructor(entry: URL, workerData: object, onNotice: (notice: Notice) => void, onDeath: (cause: Error) => void) {
    this.#worker = new Worker(entry, { workerData: { ...workerData, wakeMemory: this.#signal.memory }, name: 'media' });
    let cause: Error = lost();
    this.#ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: FromMediaWorker) => {
        if (message.type === 'ready') resolve();
        else if ('request' in message) this.#settle(message);
        else onNotice(message);
      });
      this.#worker.once('exit', () => reject(cause));
    });
    this.#ready.catch(() => undefined);
    this.#worker.on('error', (error) => {
      cause = error;
    });
    this.#gone = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#alive = false;
        for (const { reject } of this.#waiting.values()) reject(lost());
        this.#waiting.clear();
        resolve();
        if (!this.#stopping) onDeath(cause);
      });
    });
  }

  get alive(): boolean {
    return this.#alive && !this.#stopping;
  }

  /** @throws IvrError DEADLINE_EXCEEDED, or what the worker died of */
  ready(): Promise<void> {
    return within(this.#ready, START_LIMIT, 'the start of a media worker');
  }

  post(message: ToMediaWorker, transfer: readonly Transferable[] = []): void {
    if (!this.#alive) return;
    this.#worker.postMessage(message, transfer);
    this.#wake();
  }

  /** Once for all messages of one turn: each waking costs a system call. */
  #wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      this.#signal.wake();
    });
  }

  connect(to: 'speech' | 'recorder', port: MessagePort): void {
    this.post({ type: 'channel', to, port }, [port]);
  }

  /** @throws IvrError MEDIA_WORKER_LOST, CANCELLED */
  ask(message: (request: number) => ToMediaWorker, what: string, signal?: AbortSignal): Promise<Reply> {
    if (!this.alive) return Promise.reject(lost());
    const request = ++this.#requests;
    const reply = new Promise<Reply>((resolve, reject) => this.#waiting.set(request, { resolve, reject }));
    this.post(message(request));
    return within(reply, REPLY_LIMIT, what, signal)
      .catch((thrown: unknown) => {
        const late = thrown instanceof IvrError && thrown.code === 'DEADLINE_EXCEEDED';
        throw late ? new IvrError('MEDIA_WORKER_LOST', 'the media worker does not answer', {}, thrown) : thrown;
      })
      .finally(() => this.#waiting.delete(request));
  }

  /** Ends it: the worker closes its legs and goes by itself, or is made to. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.post({ type: 'shut-down' });
    try {
      await within(this.#gone, STOP_LIMIT, 'the end of a media worker');
    } catch {
      await this.#worker.terminate();
    }
  }

  #settle(reply: Reply): void {
    this.#waiting.get(reply.request)?.resolve(reply);
  }
}
