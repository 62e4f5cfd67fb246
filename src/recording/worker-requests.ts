import { type MessagePort, Worker } from 'node:worker_threads';
import { IvrError } from '../domain/error.ts';
import { type Milliseconds, seconds } from '../domain/units.ts';
import { within } from '../lib/deadline.ts';
import { entryPoint } from '../lib/entry.ts';
import type { Answers, FromRecorderWorkers, RecorderNotice } from './recorder-protocol.ts';

interface Pending {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

type Message = { readonly type: string };
const START_LIMIT = seconds(10);
/** A disk that stalls is found out, and the spill has its turn. */
const CLOSE_LIMIT = seconds(15);

/** A worker that answers requests. When it dies, what was asked of it fails, and the next request starts another. */
export class WorkerRequests<M extends Message> implements AsyncDisposable {
  readonly #name: string;
  readonly #workerData: (deaths: number) => unknown;
  readonly #onNotice: (message: RecorderNotice) => void;
  readonly #onDeath: (error: Error) => void;
  readonly #onReplaced: () => void;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #ready: Promise<void> | undefined;
  #requests = 0;
  #closed = false;
  #terminated = false;
  #deaths = 0;

  /**
   * @param name - of the entry file beside this one: 'recorder-worker.js'
   * @param workerData - what it is started with, by how many have died before
   * @param onReplaced - another runs after a death
   */
  constructor(
    name: string,
    workerData: (deaths: number) => unknown,
    onNotice: (message: RecorderNotice) => void,
    onDeath: (error: Error) => void,
    onReplaced: () => void = () => undefined,
  ) {
    this.#name = name;
    this.#workerData = workerData;
    this.#onNotice = onNotice;
    this.#onDeath = onDeath;
    this.#onReplaced = onReplaced;
  }

  /** Starts the worker unless it runs. @throws IvrError INTERNAL, DEADLINE_EXCEEDED */
  start(): Promise<void> {
    return (this.#ready ??= within(this.#start(), START_LIMIT, `the start of ${this.#name}`));
  }

  /** One way. A worker that is not there hears nothing. */
  post(message: M, transfer: readonly MessagePort[] = []): void {
    this.#worker?.postMessage(message, [...transfer]);
  }

  /** @throws IvrError of the worker's code; INTERNAL when it dies meanwhile; DEADLINE_EXCEEDED */
  async ask<T extends keyof Answers>(
    message: Extract<M, { readonly type: T }> extends infer R ? Omit<R, 'request'> : never,
    limit: Milliseconds,
  ): Promise<Answers[T]> {
    if (this.#terminated) throw new IvrError('INTERNAL', `${this.#name} is closed`);
    await this.start();
    const request = ++this.#requests;
    const answer = new Promise<Answers[T]>((resolve, reject) => {
      this.#pending.set(request, { resolve, reject });
    });
    this.#worker?.postMessage({ ...message, request });
    try {
      return await within(answer, limit, `an answer of ${this.#name}`);
    } finally {
      this.#pending.delete(request);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    await this.ask({ type: 'close' } as never, CLOSE_LIMIT).catch(() => undefined);
    this.#terminated = true;
    await worker.terminate();
  }

  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(entryPoint(import.meta.url, `./${this.#name}`), {
        workerData: this.#workerData(this.#deaths),
      });
      this.#worker = worker;
      worker.on('message', (message: FromRecorderWorkers) => {
        if (message.type === 'ready') {
          resolve();
          if (this.#deaths > 0) this.#onReplaced();
        } else if (message.type === 'answer' || message.type === 'failure') this.#settle(message);
        else this.#onNotice(message);
      });
      const died = (error: Error): void => {
        reject(error);
        if (this.#worker === worker) this.#died(error);
      };
      worker.on('error', died);
      worker.on('exit', () => died(new Error(`${this.#name} has ended`)));
    });
  }

  #settle(message: Extract<FromRecorderWorkers, { type: 'answer' | 'failure' }>): void {
    const pending = this.#pending.get(message.request);
    if (message.type === 'answer') pending?.resolve(message.answer as never);
    else pending?.reject(new IvrError(message.failure.code, message.failure.message));
  }

  #died(error: Error): void {
    this.#worker = undefined;
    this.#ready = undefined;
    this.#deaths += 1;
    const failure = new IvrError('INTERNAL', `${this.#name} died`, {}, error);
    for (const { reject } of this.#pending.values()) reject(failure);
    this.#pending.clear();
    if (!this.#closed) this.#onDeath(error);
  }
}
