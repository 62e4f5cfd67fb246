import type { ContactId } from '../domain/ids.ts';
import type { Clock } from '../lib/clock.ts';
import type { CallTimes } from './call-times.ts';
import type { CallRow, RecordingRow, UnfinishedContact } from './journal-store.ts';

/** Where the journal of one contact has come to. */
export interface JournalledContact {
  /** Of the last event. */
  seq: number;
  readonly offeredWall: number;
  /** By this process's monotonic clock; undefined for a contact of an earlier process. */
  readonly offered: number | undefined;
  lastWall: number;
  /** Of this process's own contacts; those of others are read when they are asked for. */
  times: CallTimes | undefined;
  call: CallRow | undefined;
  readonly recordings: Map<string, RecordingRow>;
}

/** The contacts that may still get events: those under way, and those that ended a short while ago. */
export interface JournalledContacts {
  /** Begins it when it is new. */
  of(contact: ContactId): JournalledContact;
  known(contact: ContactId): JournalledContact | undefined;
  /** One that this process knows nothing of, or not any more. */
  resume(contact: UnfinishedContact): void;
  live(): readonly CallRow[];
}

/** How long a contact that has ended keeps its numbers, in case something is still said of it. */
const KEEP_ENDED_MS = 600_000;

/** @param unfinished - of an earlier process */
export function openContacts(unfinished: readonly UnfinishedContact[], clock: Clock): JournalledContacts {
  const contacts = new Map<ContactId, JournalledContact>();
  const opened = clock.wall();
  const resume = ({ contact, call, lastSeq, firstAt, lastAt, recordings }: UnfinishedContact): void =>
    void contacts.set(contact, {
      seq: lastSeq,
      offeredWall: firstAt,
      offered: undefined,
      lastWall: lastAt,
      times: undefined,
      call,
      recordings: new Map(recordings.map((row) => [row.id as string, row])),
    });
  for (const one of unfinished) resume(one);

  /** Contacts stand in the order in which they began: the look ends at the first that still needs its numbers. */
  function forgetEnded(): void {
    for (const [contact, { call }] of contacts) {
      if (call === undefined || call.ended_at === null) continue;
      if (clock.wall() - Math.max(call.ended_at, opened) < KEEP_ENDED_MS) return;
      contacts.delete(contact);
    }
  }

  return {
    known: (contact) => contacts.get(contact),
    resume,
    of(contact) {
      const known = contacts.get(contact);
      if (known !== undefined) return known;
      forgetEnded();
      const wall = clock.wall();
      const state: JournalledContact = {
        seq: 0,
        offeredWall: wall,
        offered: clock.now(),
        lastWall: wall,
        times: undefined,
        call: undefined,
        recordings: new Map(),
      };
      contacts.set(contact, state);
      return state;
    },
    live() {
      const live: CallRow[] = [];
      for (const { call } of contacts.values()) if (call !== undefined && call.ended_at === null) live.push(call);
      return live;
    },
  };
}
