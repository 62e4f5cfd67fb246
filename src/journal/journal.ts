import { CALL_EVENT_VERSION, type CallEvent, type CallFact } from '../domain/call-event.ts';
import { asError, IvrError } from '../domain/error.ts';
import type { ContactId } from '../domain/ids.ts';
import type { ExpectedRecording } from '../domain/recording-intent.ts';
import { Secret } from '../domain/secret.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { type CallList, openCallList } from './call-list.ts';
import { type CallTimes, timesAfter } from './call-times.ts';
import { JournalSpill } from './journal-spill.ts';
import type { JournalStore } from './journal-store.ts';
import { JournalWriter } from './journal-writer.ts';
import { openContacts } from './journalled-contacts.ts';
import { projectCall, projectRecording } from './project-call.ts';

export interface Journal extends AsyncDisposable {
  /**
   * Stamps the fact, tells the subscribers, and makes it durable within some 20 ms. Synchronous and in order. A fact
   * that was appended less than 50 ms before a crash may be lost.
   *
   * @param intent - to record the call that the fact offers: both are written in one transaction
   * @throws IvrError INTERNAL when the fact holds a Secret: nothing is written
   */
  append(contact: ContactId, fact: CallFact, intent?: ExpectedRecording): CallEvent;
  /**
   * As `append`, for a contact that may have ended long ago: where its journal stopped is read first. Undefined: the journal
   * knows nothing of that contact, and nothing is written.
   *
   * @throws IvrError STORAGE_FAILED, INTERNAL
   */
  appendLate(contact: ContactId, fact: CallFact): Promise<CallEvent | undefined>;
  /** Told of every event in order, in the turn in which it is appended. Returns the way to stop. */
  subscribe(listener: (event: CallEvent) => void): () => void;
  /** False while the database does not accept events: they are then kept in a file beside it, and readiness should say so. */
  readonly healthy: boolean;
  readonly calls: CallList;
  /** Resolves when all that was appended is durable, in the database or in the log beside it (or, see `healthy`, cannot be made so). */
  durable(): Promise<void>;
  /** Resolves when the database has all that was appended (or, see `healthy`, does not take it). Brings it there at once. */
  flush(): Promise<void>;
  /** As `flush`, within half a second: with what others append meanwhile, at a fraction of the price. */
  stored(): Promise<void>;
  /** Whether a call has ended; undefined: this process does not know it, or not any more. */
  isOver(contact: ContactId): boolean | undefined;
  /** When a call was answered and ended, as far as it is known; undefined when the call is not. @throws IvrError STORAGE_FAILED */
  timesOf(contact: ContactId): Promise<CallTimes | undefined>;
  /** Ends, as crashed, the contacts that an earlier process left without an end. Before the line opens, after recovery. */
  closeOrphans(): Promise<readonly ContactId[]>;
}

/** @throws IvrError STORAGE_FAILED */
export async function openJournal(store: JournalStore, clock: Clock, logger: Logger): Promise<Journal> {
  const spill = new JournalSpill(`${store.file}.spill.jsonl`);
  const writer = new JournalWriter(store, spill, clock, logger);
  await writer.open();
  const listeners = new Set<(event: CallEvent) => void>();
  const contacts = openContacts(await store.unfinished(), clock);

  function append(contact: ContactId, fact: CallFact, intent?: ExpectedRecording): CallEvent {
    refuseSecrets(fact);
    const state = contacts.of(contact);
    const at = clock.wall();
    const since = state.offered === undefined ? at - state.offeredWall : clock.now() - state.offered;
    const event: CallEvent = {
      v: CALL_EVENT_VERSION,
      contact,
      seq: ++state.seq,
      at,
      t_ms: Math.max(0, Math.round(since)),
      ...fact,
    };
    if (state.offered !== undefined) {
      state.lastWall = at;
      state.times = timesAfter(state.times, event);
    }
    const before = state.call;
    state.call = projectCall(before, event);
    const recording = projectRecording(state.recordings, event);
    if (recording !== undefined) state.recordings.set(recording.id, recording);
    writer.add(event, state.call === before ? undefined : state.call, recording, intent);
    for (const listener of listeners)
      try {
        listener(event);
      } catch (thrown) {
        logger.error({ contact, type: event.type }, 'a subscriber of the journal failed', asError(thrown));
      }
    return event;
  }

  async function appendLate(contact: ContactId, fact: CallFact): Promise<CallEvent | undefined> {
    if (contacts.known(contact) === undefined) {
      await writer.flush();
      const [call, recordings, events] = await Promise.all([
        store.call(contact),
        store.recordings(contact),
        store.events(contact),
      ]);
      const [first, last] = [events.at(0), events.at(-1)];
      if (first === undefined || last === undefined) return undefined;
      if (contacts.known(contact) === undefined)
        contacts.resume({ contact, call, recordings, lastSeq: last.seq, firstAt: first.at, lastAt: last.at });
    }
    return append(contact, fact);
  }

  return {
    append,
    appendLate,
    subscribe(listener) {
      const own = (event: CallEvent): void => listener(event);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    get healthy() {
      return writer.healthy;
    },
    calls: openCallList(
      store,
      () => writer.flush(),
      () => contacts.live(),
    ),
    durable: () => writer.durable(),
    flush: () => writer.flush(),
    stored: () => writer.stored(),
    isOver(contact) {
      const call = contacts.known(contact)?.call;
      return call === undefined ? undefined : call.ended_at !== null;
    },
    async timesOf(contact) {
      const own = contacts.known(contact)?.times;
      if (own !== undefined) return own;
      await writer.flush();
      return (await store.events(contact)).reduce<CallTimes | undefined>(timesAfter, undefined);
    },
    async closeOrphans() {
      // before the line opens every open call is an earlier process's, also one that only a recovered recording tells of
      const closed = contacts.live().map(({ contact }) => contact);
      for (const contact of closed) {
        const { offeredWall, lastWall } = contacts.of(contact);
        append(contact, { type: 'call-ended', because: 'crashed', duration_ms: Math.max(0, lastWall - offeredWall) });
      }
      await writer.flush();
      return closed;
    },
    async [Symbol.asyncDispose]() {
      listeners.clear();
      await writer.close();
    },
  };
}

/** A Secret in a fact is a defect, even though only its length would be written. */
function refuseSecrets(value: unknown, path = 'fact'): void {
  if (value instanceof Secret) throw new IvrError('INTERNAL', 'a secret does not belong in the journal', { at: path });
  if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) refuseSecrets(inner, `${path}.${key}`);
}
