import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Deferred, deferred } from '../../src/lib/deferred.ts';
import type { QueueEvent } from '../../src/queues/queue-event.ts';
import type { QueueRow } from '../../src/queues/queue-fact.ts';
import type { FromServer } from './server-messages.ts';

const START_MS = 60_000;
/** To stop in good order, or to be gone after a kill. */
const END_MS = 60_000;

/** The server in its process, which is killed and started again; whoever told it something meanwhile learns that it is gone. */
export class KilledServer {
  readonly #arguments: readonly string[];
  readonly #onRow: (row: QueueRow) => void;
  #process: ChildProcess | undefined;
  /** It ended, and nobody had killed it: whoever measures with it is told. */
  #failure: Error | undefined;
  #next = 0;
  readonly #told = new Map<number, Deferred<boolean>>();

  constructor(args: readonly string[], onRow: (row: QueueRow) => void) {
    this.#arguments = args;
    this.#onRow = onRow;
  }

  get up(): boolean {
    return this.#process !== undefined;
  }

  /** @returns the entries that it knows of */
  async start(): Promise<readonly string[]> {
    const child = fork(join(import.meta.dirname, 'queue-server-process.js'), this.#arguments);
    const ready = deferred<readonly string[]>();
    child.on('message', (message: FromServer) => {
      if ('ready' in message) {
        this.#process = child;
        ready.resolve(message.entries);
      } else if ('row' in message) this.#onRow(message.row);
      else {
        this.#told.get(message.id)?.resolve(message.taken);
        this.#told.delete(message.id);
      }
    });
    child.once('exit', (code, signal) => {
      const ended = new Error(`the server ended by itself (${signal ?? code})`);
      ready.reject(ended);
      if (this.#process !== child) return;
      this.#failure = ended;
      this.#gone(ended);
    });
    const late = setTimeout(() => ready.reject(new Error('the server does not start')), START_MS);
    try {
      return await ready.promise;
    } catch (thrown) {
      child.kill('SIGKILL');
      throw thrown;
    } finally {
      clearTimeout(late);
    }
  }

  /** @returns whether it meant something; undefined: the server was killed, and nobody knows */
  async tell(event: QueueEvent): Promise<boolean | undefined> {
    const child = this.#process;
    if (child === undefined) return undefined;
    const answer = deferred<boolean>();
    const id = ++this.#next;
    this.#told.set(id, answer);
    child.send({ id, event }, () => undefined);
    return answer.promise.catch(() => undefined);
  }

  /** As a power cut for the process: kill -9. @throws Error: it had ended by itself, or does not end */
  async kill(): Promise<void> {
    const child = this.#running();
    this.#process = undefined;
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(END_MS) });
    child.kill('SIGKILL');
    await ended;
    child.removeAllListeners();
    this.#gone(new Error('killed'));
  }

  /** @throws Error: it had ended by itself, or does not end */
  async stop(): Promise<void> {
    const child = this.#running();
    this.#process = undefined;
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(END_MS) });
    child.send({ stop: true });
    try {
      await ended;
    } catch (thrown) {
      child.kill('SIGKILL');
      throw new Error('the server does not stop', { cause: thrown });
    } finally {
      this.#gone(new Error('stopped'));
    }
  }

  #running(): ChildProcess {
    if (this.#process !== undefined) return this.#process;
    throw this.#failure ?? new Error('the server was not started');
  }

  #gone(because: Error): void {
    this.#process = undefined;
    for (const answer of this.#told.values()) answer.reject(because);
    this.#told.clear();
  }
}
