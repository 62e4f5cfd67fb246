import { asError, IvrError, systemCode } from '../../domain/error.ts';
import { seconds } from '../../domain/units.ts';
import { within } from '../../lib/deadline.ts';

const BATCH = 4_096;
/** A disk that takes longer hangs. */
const WRITE_LIMIT = seconds(5);

interface Waiting {
  readonly entry: Uint8Array;
  readonly resolve: (index: number) => void;
  readonly reject: (error: Error) => void;
}

/** What is appended while a batch is on its way to the disk is the next batch: one sync for all of it. */
export class GroupCommit {
  readonly #write: (entries: readonly Uint8Array[]) => Promise<void>;
  #waiting: Waiting[] = [];
  #next: number | undefined;
  #running: Promise<void> | undefined;
  /** A write that was given up is still on its way: no other may begin. */
  #late = false;
  #closed = false;

  /** @param write - durable when it resolves; after it has rejected it writes in place of what it may have left */
  constructor(write: (entries: readonly Uint8Array[]) => Promise<void>) {
    this.#write = write;
  }

  /** @param size - entries that are durable now */
  append(entry: Uint8Array, size: number): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new IvrError('CANCELLED', 'the transparency log is closed'));
      if (this.#late)
        return reject(unwritable(Object.assign(new Error('the disk does not answer'), { code: 'ETIMEDOUT' })));
      this.#next ??= size;
      this.#waiting.push({ entry, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** What waits is written; nothing more is taken. */
  async close(): Promise<void> {
    await this.#running;
    this.#closed = true;
  }

  async #run(): Promise<void> {
    // what is appended in the same turn of the event loop is one batch
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      const writing = this.#write(batch.map(({ entry }) => entry));
      try {
        await within(writing, WRITE_LIMIT, 'an append to the transparency log');
      } catch (thrown) {
        this.#fail([...batch, ...this.#waiting.splice(0)], thrown);
        if (thrown instanceof IvrError && thrown.code === 'DEADLINE_EXCEEDED') this.#awaitLate(writing);
        break;
      }
      for (const { resolve } of batch) {
        resolve(this.#next ?? 0);
        this.#next = (this.#next ?? 0) + 1;
      }
    }
    // in the same turn as the last look: whoever comes next begins a run of its own
    this.#running = undefined;
  }

  /** Whoever waits is told; the next append counts anew from what is durable then. */
  #fail(waiting: readonly Waiting[], thrown: unknown): void {
    this.#next = undefined;
    for (const { reject } of waiting) reject(unwritable(thrown));
  }

  #awaitLate(writing: Promise<void>): void {
    this.#late = true;
    const settled = (): void => void (this.#late = false);
    writing.then(settled, settled);
  }
}

const unwritable = (thrown: unknown): IvrError =>
  new IvrError(
    'LOG_UNWRITABLE',
    `the transparency log cannot be written: ${systemCode(thrown) ?? asError(thrown).message}`,
    { cause: systemCode(thrown) ?? 'unknown' },
    thrown,
  );
