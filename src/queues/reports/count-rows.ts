import type { AgentId, AgentState, EntryId, QueueName, QueueRow } from '../queue-fact.ts';
import {
  type AgentCell,
  emptyAgentCell,
  emptyQueueCell,
  merged,
  QUARTER_MS,
  type QueueCell,
  quarterOf,
  type ReadonlyCells,
} from './kpi-cells.ts';
import { type WallMs, wallMs } from '../../domain/units.ts';

export interface KpiLimits {
  /** Whoever gives up earlier is left out of `offered`. */
  readonly shortAbandonMs: number;
  /** Of a queue's service level. */
  readonly answerWithinMs: (queue: QueueName) => number;
}

export interface OpenEntry {
  readonly queue: QueueName;
  readonly quarter: WallMs;
  readonly joinedAt: WallMs;
  readonly customer: string | undefined;
  callback: boolean;
  /** Of a callback that has not reached anybody so far: since when it is counted. */
  askedAt: WallMs | undefined;
  answered: boolean;
}

/** What an agent does now, and since when it is counted. */
export interface OpenState {
  readonly state: AgentState;
  readonly since: WallMs;
  /** The entry that the time is of. */
  readonly entry: OpenEntry | undefined;
}

const AGAIN_MS = 7 * 86_400_000;
const TIMES: Readonly<Partial<Record<AgentState, keyof AgentCell>>> = {
  available: 'available_ms',
  offered: 'ringing_ms',
  dialling: 'ringing_ms',
  talking: 'talk_ms',
  hold: 'hold_ms',
  'wrap-up': 'wrap_up_ms',
  break: 'break_ms',
  'not-answering': 'not_answering_ms',
};

/** What counting on needs of the rows before, besides the counts themselves. */
export interface OpenCounts {
  readonly entries: ReadonlyMap<EntryId, OpenEntry>;
  readonly states: ReadonlyMap<AgentId, OpenState>;
  /** Oldest first; of the last seven days. */
  readonly customers: ReadonlyMap<string, OpenEntry>;
}

/** Counts the rows of a journal into quarters of an hour by queue and by agent, from its first one on, or from where others have counted to. */
export class CountedRows {
  /** By `cellKey`; of the rows that this has counted. */
  readonly queues = new Map<string, QueueCell>();
  readonly agents = new Map<string, AgentCell>();
  readonly #limits: KpiLimits;
  readonly #entries = new Map<EntryId, OpenEntry>();
  readonly #states = new Map<AgentId, OpenState>();
  /** The last entry of a customer in a queue. */
  readonly #customers = new Map<string, OpenEntry>();

  constructor(limits: KpiLimits, before?: OpenCounts) {
    this.#limits = limits;
    for (const [id, entry] of before?.entries ?? []) this.#entries.set(id, entry);
    for (const [id, state] of before?.states ?? []) this.#states.set(id, state);
    for (const [id, entry] of before?.customers ?? []) this.#customers.set(id, entry);
  }

  get open(): OpenCounts {
    return { entries: this.#entries, states: this.#states, customers: this.#customers };
  }

  take(row: QueueRow): void {
    const entry = 'entry' in row ? this.#entries.get(row.entry) : undefined;
    if (row.type === 'entry-joined') this.#joined(row);
    else if (row.type === 'entry-refused') this.#queue(row.queue, quarterOf(row.at)).refused += 1;
    else if (row.type === 'satisfaction-answered') this.#satisfaction(row);
    else if (entry !== undefined) this.#entryRow(row, entry);
    this.#agentRow(row, entry);
    if (row.type === 'entry-ended') this.#entries.delete(row.entry);
  }

  /** With what agents are doing at that moment counted up to it. What the rows gave stays as it is: whoever counts them, whenever, comes to the same. */
  upTo(at: WallMs): ReadonlyCells {
    const now = new CountedRows(this.#limits);
    for (const [agent, open] of this.#states) if (open.since < at) now.#close(agent, open, at, open.state);
    return {
      queues: merged(this.queues, now.queues, emptyQueueCell),
      agents: merged(this.agents, now.agents, emptyAgentCell),
    };
  }

  #joined(row: Extract<QueueRow, { type: 'entry-joined' }>): void {
    const entry: OpenEntry = {
      queue: row.queue,
      quarter: quarterOf(row.at),
      joinedAt: row.at,
      customer: row.customer,
      callback: row.kind === 'callback',
      askedAt: row.kind === 'callback' ? (row.not_before ?? row.at) : undefined,
      answered: false,
    };
    this.#entries.set(row.entry, entry);
    const cell = this.#of(entry);
    cell.joined += 1;
    if (entry.callback) cell.callbacks += 1;
    if (row.consult === true) cell.consults += 1;
    if (row.customer === undefined) return;
    const key = customerKey(entry);
    const before = this.#customers.get(key);
    if (before?.answered === true && row.at - before.joinedAt < AGAIN_MS && row.returned_from === undefined)
      this.#of(before).came_again += 1;
    this.#customers.delete(key);
    this.#customers.set(key, entry);
    for (const [oldest, { joinedAt }] of this.#customers) {
      if (row.at - joinedAt < AGAIN_MS) break;
      this.#customers.delete(oldest);
    }
  }

  #entryRow(row: QueueRow, entry: OpenEntry): void {
    const cell = this.#of(entry);
    switch (row.type) {
      case 'entry-became-callback':
        entry.callback = true;
        entry.askedAt = row.at;
        cell.callbacks += 1;
        return;
      case 'entry-moved':
        cell.moved_out += 1;
        return;
      case 'callback-reached':
        return reached(entry, cell, row.at);
      case 'entry-answered': {
        reached(entry, cell, row.at);
        const waited = row.at - entry.joinedAt;
        entry.answered = true;
        if (entry.customer !== undefined) cell.known += 1;
        if (entry.callback) return;
        cell.answered += 1;
        cell.wait_ms += waited;
        cell.longest_wait_ms = Math.max(cell.longest_wait_ms, waited);
        if (waited <= this.#limits.answerWithinMs(entry.queue)) cell.answered_within += 1;
        return;
      }
      case 'entry-ended':
        if (row.because === 'node-lost') cell.cut_off += 1;
        if (entry.answered) cell.handled += 1;
        else if (row.because === 'abandoned' && !entry.callback) {
          cell.abandoned += 1;
          if (row.at - entry.joinedAt < this.#limits.shortAbandonMs) cell.short_abandoned += 1;
        }
        return;
      default:
    }
  }

  #satisfaction(row: Extract<QueueRow, { type: 'satisfaction-answered' }>): void {
    for (const cell of [this.#queue(row.queue, quarterOf(row.at)), this.#agent(row.agent, quarterOf(row.at))]) {
      cell.satisfaction_answers += 1;
      cell.satisfaction_sum += row.score;
    }
  }

  #agentRow(row: QueueRow, entry: OpenEntry | undefined): void {
    if (!('agent' in row) || row.agent === undefined) return;
    const { agent } = row;
    const cell = this.#agent(agent, quarterOf(row.at));
    if (row.type === 'entry-offered') cell.offers += 1;
    if (row.type === 'offer-ended' && row.because === 'declined') cell.declined += 1;
    if (row.type === 'offer-ended' && row.because === 'no-answer') cell.missed += 1;
    if (row.type === 'entry-ended' && entry?.answered === true) cell.handled += 1;
    const open = this.#states.get(agent);
    const next = stateAfter(row);
    if (next === undefined) return;
    if (open !== undefined) this.#close(agent, open, row.at, next, entry);
    else if (next !== 'signed-out') this.#states.set(agent, { state: next, since: row.at, entry });
  }

  /** Counts a state until now, shared out over the quarters; the time with an entry goes to its queue as well. */
  #close(agent: AgentId, open: OpenState, at: WallMs, next: AgentState, entry = open.entry): void {
    const time = TIMES[open.state];
    if (time !== undefined) this.#share(agent, time, open.since, at);
    if (open.entry !== undefined && (time === 'talk_ms' || time === 'hold_ms' || time === 'wrap_up_ms'))
      this.#of(open.entry)[time] += at - open.since;
    if (next === 'signed-out') this.#states.delete(agent);
    else this.#states.set(agent, { state: next, since: at, entry });
  }

  #share(agent: AgentId, time: keyof AgentCell, since: WallMs, at: WallMs): void {
    for (let from = since; from < at; ) {
      const until = wallMs(Math.min(at, quarterOf(from) + QUARTER_MS));
      const cell = this.#agent(agent, quarterOf(from));
      cell[time] += until - from;
      cell.signed_in_ms += until - from;
      from = until;
    }
  }

  #of({ queue, quarter }: OpenEntry): QueueCell {
    return this.#queue(queue, quarter);
  }

  #queue(queue: QueueName, quarter: WallMs): QueueCell {
    return cellIn(this.queues, queue, quarter, emptyQueueCell);
  }

  #agent(agent: AgentId, quarter: WallMs): AgentCell {
    return cellIn(this.agents, agent, quarter, emptyAgentCell);
  }
}

function reached(entry: OpenEntry, cell: QueueCell, at: WallMs): void {
  if (entry.askedAt === undefined) return;
  cell.callbacks_reached += 1;
  cell.callback_ms += Math.max(0, at - entry.askedAt);
  entry.askedAt = undefined;
}

function cellIn<C>(cells: Map<string, C>, name: string, quarter: WallMs, empty: () => C): C {
  const key = cellKey(name, quarter);
  const cell = cells.get(key) ?? empty();
  cells.set(key, cell);
  return cell;
}

/** "1764499500000 cards": the quarter, and whose it is. */
export const cellKey = (name: string, quarter: WallMs): string => `${quarter} ${name}`;

/** A customer in a queue. */
export const customerKey = ({ queue, customer }: Pick<OpenEntry, 'queue' | 'customer'>): string =>
  `${queue} ${customer}`;

export function quarterInKey(key: string): { readonly quarter: WallMs; readonly name: string } {
  const space = key.indexOf(' ');
  return { quarter: wallMs(Number(key.slice(0, space))), name: key.slice(space + 1) };
}

/** The agent's state after a row that tells of the agent; undefined: the same as before. */
function stateAfter(row: QueueRow): AgentState | undefined {
  switch (row.type) {
    case 'agent-signed-in':
    case 'callback-unreached':
      return 'available';
    case 'agent-signed-out':
      return 'signed-out';
    case 'agent-changed':
      return row.state;
    case 'entry-offered':
      return 'offered';
    case 'offer-ended':
      return row.agent_state;
    case 'callback-dialled':
      return 'dialling';
    case 'entry-answered':
    case 'entry-resumed':
      return 'talking';
    case 'entry-held':
      return 'hold';
    case 'entry-ended':
      return row.wrap_up_until === undefined ? 'available' : 'wrap-up';
    default:
      return undefined;
  }
}
