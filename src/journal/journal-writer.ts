import type { CallEvent } from '../domain/call-event.ts';
import { asError } from '../domain/error.ts';
import type { ExpectedRecording } from '../domain/recording-intent.ts';
import { ms } from '../domain/units.ts';
import type { CancelTimer, Clock } from '../lib/clock.ts';
import { type Deferred, deferred } from '../lib/deferred.ts';
import type { Logger } from '../lib/logger.ts';
import { orStorageFailed } from '../storage/storage-failure.ts';
import { JournalAhead } from './journal-ahead.ts';
import { JournalSpill } from './journal-spill.ts';
import type { CallRow, JournalBatch, JournalStore, RecordingRow } from './journal-store.ts';
import { commitOrSetAside } from './set-aside.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

/** What the database groups by itself is brought to it so soon. */
const COMMIT_AFTER = ms(20);
/** What is durable already can wait for more. */
const GATHER_FOR = ms(400);
const RETRY_AFTER = ms(1_000);
const EVENTS_A_BATCH = 1_000;
/** An event, and the intent that stands or falls with it. */
interface Noted {
  readonly event: CallEvent;
  readonly intent: ExpectedRecording | undefined;
}

/** Beyond this, with neither database nor disk, events are lost and counted. */
const MAX_EVENTS = 200_000;

/**
 * Brings events to the database in groups, in order. Where the database has one writer they are written ahead, to a log beside it, and brought to it
 * in larger groups. What the database refuses goes to the spill file, which is replayed before anything newer; what neither takes waits in memory.
 */
export class JournalWriter {
  readonly #store: JournalStore;
  readonly #spill: JournalSpill;
  /** What the database will never take. */
  readonly #aside: JournalSpill;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #ahead: JournalAhead | undefined;
  #events: Noted[] = [];
  readonly #calls = new Map<string, CallRow>();
  readonly #recordings = new Map<string, RecordingRow>();
  #timer: CancelTimer | undefined;
  #working: Promise<void> | undefined;
  /** Those who wait for the next group. */
  #next: Deferred<void> | undefined;
  #spilled = false;
  #closed = false;
  healthy = true;
  dropped = 0;

  constructor(store: JournalStore, spill: JournalSpill, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#spill = spill;
    this.#aside = new JournalSpill(`${store.file}.refused.jsonl`);
    this.#clock = clock;
    this.#logger = logger;
    this.#ahead = store.writeAhead
      ? new JournalAhead(store, new WriteAheadLog(`${store.file}.ahead`), this.#aside, clock, logger)
      : undefined;
  }

  /** What an earlier process could not bring to the database. @throws IvrError STORAGE_FAILED */
  async open(): Promise<void> {
    this.#spilled = true;
    await this.#replay();
    if (this.#ahead !== undefined) await orStorageFailed('opening the log of events', this.#ahead.open());
  }

  /**
   * @param call, recording - as they are after the event; undefined when it has not changed them
   * @param intent - written in the transaction of the event
   */
  add(
    event: CallEvent,
    call: CallRow | undefined,
    recording: RecordingRow | undefined,
    intent?: ExpectedRecording,
  ): void {
    if (this.#events.length >= MAX_EVENTS) {
      if (this.dropped++ === 0) this.#logger.error({ waiting: MAX_EVENTS }, 'the journal loses events');
      return;
    }
    this.#events.push({ event, intent });
    if (call !== undefined) this.#calls.set(call.contact, call);
    if (recording !== undefined) this.#recordings.set(recording.id, recording);
    if (this.healthy) this.#ahead?.add(event, intent);
    this.#schedule();
  }

  /** Resolves when what was added before is durable: in the log that is written ahead, or as after `flush`. */
  async durable(): Promise<void> {
    if (!this.healthy || !(await this.#ahead?.written())) await this.flush();
  }

  /** Resolves when all that was added before is in the database or the spill file, or when neither takes it. */
  async flush(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    if (this.#working !== undefined) await this.#working;
    await this.#work();
  }

  /** As `flush`, with what others add in the meantime: soon, and not at once. */
  async stored(): Promise<void> {
    if (this.#ahead === undefined) return this.flush();
    if (this.#working !== undefined) await this.#working;
    if (this.#events.length === 0 || this.#closed) return;
    this.#next ??= deferred();
    this.#schedule();
    await this.#next.promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    this.#timer?.();
    this.#timer = undefined;
    await this.#ahead?.close();
    if (this.#events.length > 0)
      this.#logger.error(
        { events: this.#events.length },
        'events were lost: neither the database nor the disk accepted them',
      );
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#working !== undefined || this.#closed) return;
    const after = !this.healthy ? RETRY_AFTER : this.#ahead === undefined ? COMMIT_AFTER : GATHER_FOR;
    this.#timer = this.#clock.after(after, () => {
      this.#timer = undefined;
      void this.#work();
    });
  }

  #work(): Promise<void> {
    return (this.#working ??= this.#write().finally(() => {
      this.#working = undefined;
      if (this.#events.length > 0 || this.#spilled) this.#schedule();
    }));
  }

  async #write(): Promise<void> {
    const waiting = this.#next;
    this.#next = undefined;
    try {
      if (this.#spilled) await this.#replay();
      while (this.#events.length > 0) await this.#commitAll();
      this.#ahead?.mend();
      if (!this.healthy) this.#logger.info({}, 'the database accepts events again');
      this.healthy = true;
    } catch (thrown) {
      if (this.healthy) this.#logger.error({}, 'the database does not accept events; they are kept', asError(thrown));
      this.healthy = false;
      await this.#toSpill();
    } finally {
      waiting?.resolve();
    }
  }

  async #commitAll(): Promise<void> {
    const committed = this.#ahead?.rotate();
    for (let left = this.#events.length; left > 0; left -= EVENTS_A_BATCH) {
      const batch = this.#batch(Math.min(left, EVENTS_A_BATCH));
      await this.#commit(batch);
      this.#drop(batch);
    }
    await committed?.();
  }

  #batch(most: number): JournalBatch {
    const noted = this.#events.slice(0, most);
    return {
      events: noted.map(({ event }) => event),
      calls: [...this.#calls.values()],
      recordings: [...this.#recordings.values()],
      intents: noted.flatMap(({ intent }) => intent ?? []),
    };
  }

  async #commit(batch: JournalBatch): Promise<void> {
    this.#tellRefused(await this.#store.commit(batch));
  }

  #tellRefused(refused: readonly CallEvent[]): void {
    for (const { contact, seq, type } of refused)
      this.#logger.error({ contact, seq, type }, 'an event was refused: its number is already used');
  }

  /** The first events, which are safe now, and the rows that have not changed since. */
  #drop({ events, calls, recordings }: JournalBatch): void {
    this.#events = this.#events.slice(events.length);
    for (const row of calls) if (this.#calls.get(row.contact) === row) this.#calls.delete(row.contact);
    for (const row of recordings) if (this.#recordings.get(row.id) === row) this.#recordings.delete(row.id);
  }

  async #toSpill(): Promise<void> {
    while (this.#events.length > 0) {
      const batch = this.#batch(EVENTS_A_BATCH);
      try {
        await this.#spill.append(batch);
      } catch (thrown) {
        this.#logger.error(
          { events: this.#events.length },
          'the spill file does not accept events either; they wait in memory',
          asError(thrown),
        );
        return;
      }
      this.#spilled = true;
      this.#drop(batch);
    }
  }

  async #replay(): Promise<void> {
    const { batches, torn } = await this.#spill.read();
    if (torn > 0) this.#logger.warn({ torn }, 'a line of the spill file was cut off by a crash');
    for (const batch of batches)
      this.#tellRefused(await commitOrSetAside(this.#store, batch, this.#aside, this.#logger));
    await this.#spill.clear();
    this.#spilled = false;
  }
}
