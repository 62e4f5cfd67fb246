import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Deferred, deferred } from '../../src/lib/deferred.ts';
import type { QueueEvent } from '../../src/queues/queue-event.ts';
import type { QueueRow } from '../../src/queues/queue-fact.ts';
import type { FromServer } from './server-messages.ts';

const START_MS = 60_000;

/** The server in its process, which is killed and started again; whoever told it something meanwhile learns that it is gone. */
export class KilledServer {
  readonly #arguments: readonly string[];
  readonly #onRow: (row: QueueRow) => void;
  #process: ChildProcess | undefined;
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
      if ('ready' in message) ready.resolve(message.entries);
      else if ('row' in message) this.#onRow(message.row);
      else {
        this.#told.get(message.id)?.resolve(message.taken);
        this.#told.delete(message.id);
      }
    });
    child.once('exit', (code) => ready.reject(new Error(`the server ended with ${code}`)));
    const late = setTimeout(() => ready.reject(new Error('the server does not start')), START_MS);
    const entries = await ready.promise.finally(() => clearTimeout(late));
    this.#process = child;
    return entries;
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

  /** As a power cut for the process: kill -9. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    child.removeAllListeners();
    for (const answer of this.#told.values()) answer.reject(new Error('killed'));
    this.#told.clear();
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.send({ stop: true });
    await gone;
    this.#process = undefined;
  }
}
