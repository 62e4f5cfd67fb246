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
  #failed: IvrError | undefined;

  /** @param write - durable when it resolves; after it has rejected it is not called again */
  constructor(write: (entries: readonly Uint8Array[]) => Promise<void>) {
    this.#write = write;
  }

  /** @param size - entries before the first that is appended here */
  append(entry: Uint8Array, size: number): Promise<number> {
    this.#next ??= size;
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) {
        reject(this.#failed);
        return;
      }
      this.#waiting.push({ entry, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** What waits is written; nothing more is taken. */
  async close(): Promise<void> {
    await this.#running;
    this.#failed ??= new IvrError('CANCELLED', 'the transparency log is closed');
  }

  async #run(): Promise<void> {
    // what is appended in the same turn of the event loop is one batch
    await Promise.resolve();
    while (this.#waiting.length > 0 && this.#failed === undefined) {
      const batch = this.#waiting.splice(0, BATCH);
      try {
        await within(this.#write(batch.map(({ entry }) => entry)), WRITE_LIMIT, 'an append to the transparency log');
      } catch (thrown) {
        this.#failed = unwritable(thrown);
        for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(this.#failed);
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
}

const unwritable = (thrown: unknown): IvrError =>
  new IvrError(
    'LOG_UNWRITABLE',
    `the transparency log cannot be written: ${systemCode(thrown) ?? asError(thrown).message}`,
    { cause: systemCode(thrown) ?? 'unknown' },
    thrown,
  );
