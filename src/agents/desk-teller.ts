import type { ContextLine } from '../domain/contact-context.ts';
import type { ContactId } from '../domain/ids.ts';
import type { Clock } from '../lib/clock.ts';
import type { Entry } from '../queues/entry.ts';
import type { QueueService } from '../queues/queue-service.ts';
import type { AgentId, EntryId, QueueRow } from '../queues/queue-fact.ts';
import type { DeskEvent, Talk } from './agent-desk.ts';
import type { AttendedEntry } from './attended-entry.ts';
import { stateOf } from './desk-views.ts';

interface TellerOptions {
  readonly queues: Pick<QueueService, 'floor'>;
  readonly attended: ReadonlyMap<EntryId, AttendedEntry>;
  readonly tell: (agent: AgentId, event: DeskEvent) => void;
  readonly clock: Pick<Clock, 'wall'>;
}

/** What rows of the queues and facts of calls are to the desks. */
export interface DeskTeller {
  row(row: QueueRow): void;
  line(contact: ContactId, line: ContextLine): void;
  /** What is, for a desk that has just been opened. */
  now(agent: AgentId): readonly DeskEvent[];
  showEntry(entry: EntryId): void;
  show(contact: ContactId): void;
  /** Whether the agent talks to the customer, or did last. */
  talkedTo(agent: AgentId, contact: ContactId): boolean;
}

export function deskTeller({ queues, attended, tell, clock }: TellerOptions): DeskTeller {
  /** Whom each entry was offered to last, and whom it was answered by: an entry that has ended is not on the floor any more. */
  const offers = new Map<EntryId, AgentId>();
  const talks = new Map<EntryId, AgentId>();
  const lastContact = new Map<AgentId, ContactId>();
  /** How the last conversation of each ended, for a page that was not there. */
  const lastEnded = new Map<AgentId, Extract<DeskEvent, { readonly type: 'talk-ended' }>>();

  const offerEvent = (entry: Entry): DeskEvent | undefined => {
    const by = attended.get(entry.id);
    const { is } = entry;
    if (is.at !== 'offered' || by === undefined) return undefined;
    const { id, queue, kind, waitingSince } = entry;
    const waitedMs = Math.max(0, clock.wall() - waitingSince);
    const context = by.context();
    return {
      type: 'offer',
      offer: { entry: id, fence: is.fence, queue, kind, until: is.until, waitedMs, context },
    };
  };
  const talkEvent = (id: EntryId): DeskEvent | undefined => {
    const by = attended.get(id);
    const state = by?.talk();
    const queue = queues.floor.entries.get(id)?.queue;
    if (by === undefined || state === undefined || queue === undefined) return undefined;
    const talk: Talk = { ...state, entry: id, contact: by.contact, queue, context: by.context() };
    return { type: 'talk', talk };
  };
  const state = (agent: AgentId): DeskEvent => ({ type: 'state', ...stateOf(agent, queues.floor) });

  function showEntry(id: EntryId): void {
    const is = queues.floor.entries.get(id)?.is;
    const event = talkEvent(id);
    if (event !== undefined && (is?.at === 'talking' || is?.at === 'holding')) tell(is.agent, event);
  }

  function followEntry(row: QueueRow): void {
    switch (row.type) {
      case 'entry-offered': {
        offers.set(row.entry, row.agent);
        const entry = queues.floor.entries.get(row.entry);
        const offer = entry === undefined ? undefined : offerEvent(entry);
        if (offer !== undefined) tell(row.agent, offer);
        return;
      }
      case 'offer-ended':
        offers.delete(row.entry);
        return tell(row.agent, { type: 'offer-ended', entry: row.entry, because: row.because });
      case 'entry-answered': {
        offers.delete(row.entry);
        talks.set(row.entry, row.agent);
        const contact = attended.get(row.entry)?.contact;
        if (contact !== undefined) lastContact.set(row.agent, contact);
        return tell(row.agent, { type: 'offer-ended', entry: row.entry, because: 'accepted' });
      }
      case 'entry-ended': {
        const offered = offers.get(row.entry);
        const talked = talks.get(row.entry);
        offers.delete(row.entry);
        talks.delete(row.entry);
        if (offered !== undefined) tell(offered, { type: 'offer-ended', entry: row.entry, because: row.because });
        const contact = talked === undefined ? undefined : lastContact.get(talked);
        if (talked === undefined || contact === undefined) return;
        const over = { type: 'talk-ended', entry: row.entry, contact, because: row.because } as const;
        lastEnded.set(talked, over);
        return tell(talked, over);
      }
      default:
    }
  }

  return {
    row(row) {
      followEntry(row);
      if ('agent' in row && row.agent !== undefined && row.type !== 'satisfaction-answered')
        tell(row.agent, state(row.agent));
    },
    line(contact, line) {
      for (const [entry, agent] of talks)
        if (attended.get(entry)?.contact === contact) tell(agent, { type: 'line', contact, line });
    },
    now(agent) {
      const known = queues.floor.agents.get(agent);
      const over = lastEnded.get(agent);
      if (over !== undefined && known?.state === 'wrap-up' && known.entry === over.entry) return [over, state(agent)];
      const entry = queues.floor.entries.get(known?.entry ?? '');
      const more = entry === undefined ? undefined : (offerEvent(entry) ?? talkEvent(entry.id));
      return more === undefined ? [state(agent)] : [state(agent), more];
    },
    showEntry,
    show(contact) {
      for (const entry of talks.keys()) if (attended.get(entry)?.contact === contact) showEntry(entry);
    },
    talkedTo: (agent, contact) => lastContact.get(agent) === contact,
  };
}
