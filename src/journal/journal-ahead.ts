import type { CallEvent } from '../domain/call-event.ts';
import { asError } from '../domain/error.ts';
import type { ContactId } from '../domain/ids.ts';
import type { ExpectedRecording } from '../domain/recording-intent.ts';
import { ms } from '../domain/units.ts';
import type { CancelTimer, Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { JournalSpill } from './journal-spill.ts';
import type { CallRow, JournalStore, RecordingRow } from './journal-store.ts';
import { projectCall, projectRecording } from './project-call.ts';
import { commitOrSetAside } from './set-aside.ts';
import type { WriteAheadLog } from './write-ahead-log.ts';

/** What nobody waits for is durable so soon. */
const WRITE_AFTER = ms(20);

export type AheadLog = Pick<WriteAheadLog, 'read' | 'open' | 'append' | 'rotate' | 'empty' | 'close'>;

/** The events and intents that the database has not yet, in the log beside it: those that come while one group is written are the next. */
export class JournalAhead {
  readonly #store: JournalStore;
  readonly #log: AheadLog;
  readonly #aside: JournalSpill;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #events: CallEvent[] = [];
  #intents: ExpectedRecording[] = [];
  #timer: CancelTimer | undefined;
  #writing: Promise<void> | undefined;
  /** The disk did not take something: until all is in the database nothing is said to be written. */
  #broken = false;

  constructor(store: JournalStore, log: AheadLog, aside: JournalSpill, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#log = log;
    this.#aside = aside;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Brings to the database what an earlier process had not brought there. @throws IvrError STORAGE_FAILED; what the disk throws */
  async open(): Promise<void> {
    const { batches, torn } = await this.#log.read();
    if (torn > 0) this.#logger.warn({ torn }, 'a line of the log of events was cut off by a crash');
    const contacts = new Set<ContactId>();
    for (const batch of batches) {
      for (const { contact } of batch.events) contacts.add(contact);
      const whole = { ...batch, calls: [], recordings: [] };
      const passed = await commitOrSetAside(this.#store, whole, this.#aside, this.#logger);
      for (const { contact, seq, type } of passed)
        this.#logger.warn(
          { contact, seq, type },
          'an event of the log was skipped: the database has another, or has erased it',
        );
    }
    for (const contact of contacts) {
      const rows = rowsOf(await this.#store.events(contact));
      await this.#store.commit({ events: [], ...rows });
    }
    await this.#log.open();
  }

  add(event: CallEvent, intent: ExpectedRecording | undefined): void {
    if (this.#broken) return;
    this.#events.push(event);
    if (intent !== undefined) this.#intents.push(intent);
    this.#timer ??= this.#clock.after(WRITE_AFTER, () => void this.written());
  }

  /** Resolves when what was added before is durable. @returns false: it is not, and is the database's to take */
  async written(): Promise<boolean> {
    if (this.#writing !== undefined) await this.#writing;
    if (this.#events.length > 0 && !this.#broken)
      this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
    // whoever waited as well may have begun to write what was added here
    await this.#writing;
    return !this.#broken;
  }

  /** The database is given all that was added until now. @returns for when it has taken it */
  rotate(): () => Promise<void> {
    const file = this.#log.rotate();
    return async () => {
      await this.#writing;
      await this.#log.empty(file).catch((thrown: unknown) => this.#fails(thrown));
    };
  }

  /** The database has all that was ever added. */
  mend(): void {
    this.#broken = false;
  }

  async close(): Promise<void> {
    this.#timer?.();
    await this.#writing;
    await this.#log
      .close()
      .catch((thrown: unknown) => this.#logger.warn({}, 'the log of events was not closed', asError(thrown)));
  }

  async #write(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    const [events, intents] = [this.#events, this.#intents];
    this.#events = [];
    this.#intents = [];
    try {
      await this.#log.append({ events, intents });
    } catch (thrown) {
      this.#fails(thrown);
    }
  }

  #fails(thrown: unknown): void {
    if (!this.#broken) this.#logger.error({}, 'the log of events cannot be written', asError(thrown));
    this.#broken = true;
    this.#events = [];
    this.#intents = [];
  }
}

/** A call and its recordings as their events tell them. */
function rowsOf(events: readonly CallEvent[]): { readonly calls: CallRow[]; readonly recordings: RecordingRow[] } {
  let call: CallRow | undefined;
  const recordings = new Map<string, RecordingRow>();
  for (const event of events) {
    call = projectCall(call, event);
    const recording = projectRecording(recordings, event);
    if (recording !== undefined) recordings.set(recording.id, recording);
  }
  return { calls: call === undefined ? [] : [call], recordings: [...recordings.values()] };
}
