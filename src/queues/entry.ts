import type { AgentId, EntryEnd, EntryId, EntryJoined, Needs, QueueName, QueueRow } from './queue-fact.ts';
import type { WallMs } from '../domain/units.ts';

/** Where an entry is: in one of these, and in nothing else. */
export type EntryPlace =
  | { readonly at: 'waiting' }
  | { readonly at: 'offered'; readonly agent: AgentId; readonly fence: number; readonly until: WallMs }
  /** Without an agent: the customer is called first. */
  | { readonly at: 'dialling'; readonly agent?: AgentId; readonly fence: number; readonly until: WallMs }
  | { readonly at: 'talking'; readonly agent: AgentId }
  | { readonly at: 'holding'; readonly agent: AgentId }
  /** A callback that has to wait for its time: of the next try, of an appointment, of the opening. */
  | {
      readonly at: 'deferred';
      readonly until: WallMs;
      /** The customer's telephone may still ring for a node that is gone. */
      readonly rings: boolean;
      /** The customer chose that time. */
      readonly appointed: boolean;
    }
  | { readonly at: 'ended'; readonly because: EntryEnd };

export interface Entry {
  readonly id: EntryId;
  readonly contact: EntryJoined['contact'];
  readonly queue: QueueName;
  /** The queues that it has been in: it is moved to none of them again. */
  readonly visited: readonly QueueName[];
  readonly kind: EntryJoined['kind'];
  readonly rules: string;
  readonly place: number;
  readonly waitingSince: WallMs;
  /** Of a callback that had to wait for its time: when that came; its age counts from there. */
  readonly dueAt?: WallMs | undefined;
  readonly priority: number;
  readonly needs: Needs;
  readonly customer: string | undefined;
  /** Of a callback: keyed hash of the number that is called, where it is another one. */
  readonly number: string | undefined;
  /** The node that has the call; of a callback the one that offers or makes it; undefined: none. */
  readonly node: string | undefined;
  readonly incarnation: string | undefined;
  /** Calls to the customer that count. */
  readonly attempts: number;
  readonly is: EntryPlace;
  /** When it came there. */
  readonly since: WallMs;
  /** When it was answered. */
  readonly answeredAt: WallMs | undefined;
  readonly steps: number;
}

export const entryFrom = (row: QueueRow & EntryJoined): Entry => ({
  id: row.entry,
  contact: row.contact,
  queue: row.queue,
  visited: [row.queue],
  kind: row.kind,
  rules: row.rules,
  place: row.place,
  waitingSince: row.waiting_since,
  priority: row.priority,
  needs: row.needs,
  customer: row.customer,
  number: row.number,
  node: row.node,
  incarnation: row.incarnation,
  attempts: 0,
  is:
    row.not_before === undefined
      ? { at: 'waiting' }
      : { at: 'deferred', until: row.not_before, rings: false, appointed: true },
  since: row.at,
  answeredAt: undefined,
  steps: 1,
});

/** Since when it waits to be served, as far as its age is concerned: nobody grows older in the time until an appointment. */
export const agesSince = ({ dueAt, waitingSince }: Pick<Entry, 'dueAt' | 'waitingSince'>): WallMs =>
  dueAt ?? waitingSince;

/**
 * The machine of one entry.
 *
 * @param incarnation - of the node that wrote the row
 * @returns the entry after the row; undefined: the row cannot follow on what was before
 */
export function entryAfter(entry: Entry, row: QueueRow, incarnation: string | undefined): Entry | undefined {
  const to = (is: EntryPlace, more: Partial<Entry> = {}): Entry => ({
    ...entry,
    ...more,
    is,
    since: row.at,
    steps: entry.steps + 1,
  });
  const { is } = entry;
  const agent = 'agent' in row ? row.agent : undefined;
  const fenced = 'fence' in is && 'fence' in row && is.fence === row.fence && is.agent === agent;
  switch (row.type) {
    case 'entry-moved':
      if (is.at !== 'waiting') return undefined;
      return {
        ...entry,
        queue: row.queue,
        visited: [...entry.visited, row.queue],
        rules: row.rules,
        priority: row.priority,
        steps: entry.steps + 1,
      };
    case 'entry-became-callback':
      if (is.at !== 'waiting' || entry.kind === 'callback') return undefined;
      return to({ at: 'waiting' }, { kind: 'callback', number: row.number, node: undefined, incarnation: undefined });
    case 'entry-offered': {
      if (is.at !== 'waiting' || row.fence !== row.seq) return undefined;
      const { fence, until } = row;
      return to(
        { at: 'offered', agent: row.agent, fence, until },
        entry.kind === 'call' ? {} : { node: row.by, incarnation },
      );
    }
    case 'offer-ended':
      return is.at === 'offered' && fenced ? to({ at: 'waiting' }, released(entry)) : undefined;
    case 'callback-dialled':
      return dialled(entry, row, fenced, incarnation, to);
    case 'callback-reached':
      return is.at === 'dialling' && fenced ? to({ at: 'waiting' }, { kind: 'call' }) : undefined;
    case 'callback-deferred':
      if (is.at !== 'waiting' || entry.kind !== 'callback') return undefined;
      return to({ at: 'deferred', until: row.until, rings: false, appointed: row.because === 'postponed' });
    case 'callback-unreached':
      if (is.at !== 'dialling' || !fenced) return undefined;
      return to(
        { at: 'deferred', until: row.retry_at, rings: row.because === 'node-lost', appointed: false },
        { ...released(entry), attempts: row.attempts },
      );
    case 'callback-due':
      return is.at === 'deferred' ? to({ at: 'waiting' }, { dueAt: row.at }) : undefined;
    case 'entry-answered':
      if (!fenced || is.at !== (entry.kind === 'call' ? 'offered' : 'dialling')) return undefined;
      return to({ at: 'talking', agent: row.agent }, { answeredAt: row.at });
    case 'entry-held':
      return is.at === 'talking' && is.agent === row.agent ? to({ at: 'holding', agent: row.agent }) : undefined;
    case 'entry-resumed':
      return is.at === 'holding' && is.agent === row.agent ? to({ at: 'talking', agent: row.agent }) : undefined;
    case 'entry-ended':
      if (is.at === 'ended' || ('agent' in is ? is.agent : undefined) !== row.agent) return undefined;
      return to({ at: 'ended', because: row.because });
    default:
      return undefined;
  }
}

function dialled(
  { is, kind }: Entry,
  row: Extract<QueueRow, { type: 'callback-dialled' }>,
  fenced: boolean,
  incarnation: string | undefined,
  to: (is: EntryPlace, more: Partial<Entry>) => Entry,
): Entry | undefined {
  if (kind !== 'callback') return undefined;
  const { agent, fence, until } = row;
  if (agent !== undefined)
    return is.at === 'offered' && fenced
      ? to({ at: 'dialling', agent, fence, until }, { node: row.by, incarnation })
      : undefined;
  if (is.at !== 'waiting' || fence !== row.seq || row.node === undefined) return undefined;
  return to({ at: 'dialling', fence, until }, { node: row.node, incarnation: row.incarnation });
}

/** A callback belongs to no node between its offers. */
const released = ({ kind }: Entry): Partial<Entry> =>
  kind === 'callback' ? { node: undefined, incarnation: undefined } : {};
