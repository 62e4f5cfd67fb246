import { asError, IvrError } from '../domain/error.ts';
import { ms, type WallMs } from '../domain/units.ts';
import type { CancelTimer, Clock } from '../lib/clock.ts';
import { type Deferred, deferred } from '../lib/deferred.ts';
import type { Logger } from '../lib/logger.ts';
import { type Floor, floorAfter } from './floor.ts';
import type { QueueEvent } from './queue-event.ts';
import type { QueueRow } from './queue-fact.ts';
import type { QueueSet } from './queue-rules.ts';
import type { QueueStore } from './queue-store.ts';
import { step } from './step.ts';
import { nextDue } from './step-time.ts';

const SNAPSHOT_EVERY_ROWS = 20_000;
const TRY_AGAIN_MS = 1_000;

interface Told {
  readonly event: QueueEvent;
  readonly at: WallMs;
  readonly done: Deferred<readonly QueueRow[]>;
}

export interface WriterOptions {
  readonly node: string;
  readonly rules: QueueSet;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Steps the machine of all queues under the lock that the nodes share. Events that come while one transaction is written go into the next one together. */
export class FloorWriter {
  floor: Floor;
  rules: QueueSet;
  /** The database takes what happens. */
  healthy = true;
  readonly #store: QueueStore;
  readonly #options: WriterOptions;
  readonly #publish: (rows: readonly QueueRow[]) => void;
  #snapshotAt: number;
  #waiting: Told[] = [];
  /** Time is to be told to pass. */
  #passing = false;
  /** Others have written what this node has not read. */
  #behind = false;
  #writing: Promise<void> | undefined;
  #alarm: CancelTimer | undefined;
  #closed = false;

  /** @param loaded - what the store had */
  constructor(
    store: QueueStore,
    loaded: Awaited<ReturnType<QueueStore['load']>>,
    options: WriterOptions,
    publish: (rows: readonly QueueRow[]) => void,
  ) {
    this.#store = store;
    this.#options = options;
    this.#publish = publish;
    this.floor = floorAfter(loaded.floor, loaded.rows);
    this.rules = options.rules;
    this.#snapshotAt = loaded.floor.seq;
  }

  /** @throws IvrError STORAGE_FAILED; CANCELLED when it is closed */
  tell(event: QueueEvent): Promise<readonly QueueRow[]> {
    if (this.#closed) return Promise.reject(new IvrError('CANCELLED', 'the queues are closed'));
    const done = deferred<readonly QueueRow[]>();
    this.#waiting.push({ event, at: this.#options.clock.wall(), done });
    this.#go();
    return done.promise;
  }

  passTime(): void {
    this.#passing = true;
    this.#go();
  }

  /** Others may have written: whoever has the lock is waited for, since nothing tells of those rows a second time. */
  hear(): void {
    this.#behind = true;
    this.passTime();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#alarm?.();
    await this.#writing;
  }

  #go(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0 || this.#passing) return this.#go();
      this.#setAlarm();
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0 || this.#passing) await this.#write();
  }

  /** One transaction with all that waits. */
  async #write(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#passing = false;
    const behind = this.#behind;
    this.#behind = false;
    let decided: Decided | undefined;
    const decide = (others: readonly QueueRow[]): readonly QueueRow[] => {
      decided = this.#decide(others, batch);
      return decided.own;
    };
    try {
      // nobody waits for time: whoever has the lock lets it pass too
      const took = await this.#store.append(this.floor.seq, decide, batch.length > 0 || behind);
      this.healthy = true;
      if (!took || decided === undefined) return;
      this.floor = decided.floor;
      this.#publish([...decided.others, ...decided.own]);
      for (const [n, { done }] of batch.entries()) done.resolve(decided.caused[n] ?? []);
      await this.#keepSnapshot();
    } catch (thrown) {
      this.healthy = false;
      this.#behind ||= behind;
      for (const { done } of batch) done.reject(asError(thrown));
      if (batch.length === 0)
        this.#options.logger.error({}, 'the queues could not be written; another attempt follows', asError(thrown));
    }
  }

  #decide(others: readonly QueueRow[], batch: readonly Told[]): Decided {
    const { clock, node: by } = this.#options;
    let floor = floorAfter(this.floor, others);
    const own: QueueRow[] = [];
    const happens = (event: QueueEvent, at: WallMs): readonly QueueRow[] => {
      const [next, ...rows] = step(floor, event, { at, by }, this.rules);
      floor = next;
      own.push(...rows);
      return rows;
    };
    const caused = batch.map(({ event, at }) => {
      // time first: what is due by then is over, whatever is said of it; but nobody is late for what was due while no server ran
      if (event.type !== 'node-came-up') happens({ type: 'time-passed' }, at);
      return happens(event, at);
    });
    happens({ type: 'time-passed' }, clock.wall());
    return { floor, others, own, caused };
  }

  async #keepSnapshot(): Promise<void> {
    if (this.floor.seq - this.#snapshotAt < SNAPSHOT_EVERY_ROWS) return;
    this.#snapshotAt = this.floor.seq;
    await this.#store
      .keepSnapshot(this.floor)
      .catch((thrown: unknown) =>
        this.#options.logger.warn({}, 'the state of the queues could not be saved', asError(thrown)),
      );
  }

  #setAlarm(): void {
    this.#alarm?.();
    this.#alarm = undefined;
    if (this.#closed) return;
    const now = this.#options.clock.wall();
    const due = this.healthy ? nextDue(this.floor, this.rules, now) : now + TRY_AGAIN_MS;
    if (due !== undefined) this.#alarm = this.#options.clock.after(ms(due - now), () => this.passTime());
  }
}

interface Decided {
  readonly floor: Floor;
  readonly others: readonly QueueRow[];
  readonly own: readonly QueueRow[];
  /** By each of the batch. */
  readonly caused: readonly (readonly QueueRow[])[];
}
