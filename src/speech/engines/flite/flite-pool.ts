import { Worker } from 'node:worker_threads';
import { IvrError } from '../../../domain/error.ts';
import type { Milliseconds } from '../../../domain/units.ts';
import { entryPoint } from '../../../lib/entry.ts';
import type { FliteVoice } from './flite-voices.ts';
import type { FliteResult, FliteWork } from './flite-worker-protocol.ts';

interface Task {
  readonly work: FliteWork;
  readonly resolve: (samples: Int16Array) => void;
  readonly reject: (error: IvrError) => void;
  readonly done: () => void;
  wanted: boolean;
  attempts: number;
}

/** One thread and what it is working on. */
interface Seat {
  worker: Worker | undefined;
  task: Task | undefined;
  deadline: NodeJS.Timeout | undefined;
}

const ATTEMPTS = 2;

/**
 * Threads that run flite, first come, first served by the clause: of two texts that are made at the same time neither
 * waits for the other's end. A thread that dies or takes too long is replaced, and its clause tried once more.
 */
export class FlitePool implements AsyncDisposable {
  readonly #module: WebAssembly.Module;
  readonly #limit: Milliseconds;
  readonly #seats: Seat[];
  readonly #waiting: Task[] = [];
  #nextId = 0;
  #closed = false;

  /** @param limit - for one clause; flite needs some 12 ms CPU per second of speech */
  constructor(module: WebAssembly.Module, threads: number, limit: Milliseconds) {
    this.#module = module;
    this.#limit = limit;
    this.#seats = Array.from({ length: threads }, () => ({ worker: undefined, task: undefined, deadline: undefined }));
    for (const seat of this.#seats) this.#hire(seat);
  }

  /**
   * @returns 8 kHz mono 16-bit
   * @throws IvrError SYNTHESIS_FAILED, SYNTHESIZER_UNREACHABLE (closed, or the thread died twice), CANCELLED
   */
  speak(clause: string, voice: FliteVoice, signal: AbortSignal): Promise<Int16Array> {
    if (signal.aborted) return Promise.reject(cancelled());
    if (this.#closed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        task.wanted = false;
        const at = this.#waiting.indexOf(task);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(cancelled()); // a clause under way is finished and thrown away: it is short
      };
      const task: Task = {
        work: { id: this.#nextId++, clause, voice },
        resolve,
        reject,
        done: () => signal.removeEventListener('abort', onAbort),
        wanted: true,
        attempts: 0,
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(task);
      this.#assign();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const task of this.#waiting.splice(0)) this.#fail(task, closed());
    const workers = this.#seats.map(({ worker }) => worker);
    for (const seat of this.#seats) {
      if (seat.task !== undefined) this.#fail(seat.task, closed());
      this.#dismiss(seat);
    }
    await Promise.all(workers.map((worker) => worker?.terminate() ?? Promise.resolve(0)));
  }

  #assign(): void {
    for (const seat of this.#seats) {
      if (seat.task !== undefined) continue;
      const task = this.#waiting.shift();
      if (task === undefined) return;
      seat.task = task;
      task.attempts++;
      seat.deadline = setTimeout(() => this.#lose(seat, 'took too long'), this.#limit);
      (seat.worker ?? this.#hire(seat)).postMessage(task.work);
    }
  }

  #hire(seat: Seat): Worker {
    const worker = new Worker(entryPoint(import.meta.url, './flite-worker.js'), {
      workerData: { module: this.#module },
      name: 'flite',
    });
    worker.on('message', (result: FliteResult) => this.#finish(seat, worker, result));
    worker.on('error', () => this.#lose(seat, 'died', worker));
    worker.on('exit', () => this.#lose(seat, 'ended', worker));
    seat.worker = worker;
    return worker;
  }

  #finish(seat: Seat, worker: Worker, result: FliteResult): void {
    const { task } = seat;
    if (seat.worker !== worker || task === undefined || task.work.id !== result.id) return;
    clearTimeout(seat.deadline);
    seat.task = undefined;
    task.done();
    if (result.ok) task.resolve(result.samples);
    else task.reject(new IvrError(result.code, result.message));
    this.#assign();
  }

  /** A thread was lost: the next clause hires another. */
  #lose(seat: Seat, how: string, worker = seat.worker): void {
    if (this.#closed || seat.worker !== worker) return;
    const { task } = seat;
    void this.#dismiss(seat)?.terminate();
    if (task !== undefined && task.wanted && task.attempts < ATTEMPTS) this.#waiting.unshift(task);
    else if (task !== undefined)
      this.#fail(task, new IvrError('SYNTHESIZER_UNREACHABLE', `the flite thread ${how}`, { attempts: task.attempts }));
    this.#assign();
  }

  #dismiss(seat: Seat): Worker | undefined {
    const { worker } = seat;
    clearTimeout(seat.deadline);
    seat.worker = undefined;
    seat.task = undefined;
    return worker;
  }

  #fail(task: Task, error: IvrError): void {
    task.done();
    task.reject(error);
  }
}

const cancelled = (): IvrError => new IvrError('CANCELLED', 'the synthesis was cancelled');
const closed = (): IvrError => new IvrError('SYNTHESIZER_UNREACHABLE', 'the synthesizer is closed');
