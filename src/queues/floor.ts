import { IvrError } from '../domain/error.ts';
import { type Agent, agentAfter, unknownAgent } from './agent.ts';
import { type Entry, entryAfter, entryFrom } from './entry.ts';
import type { AgentId, EntryId, QueueName, QueueRow } from './queue-fact.ts';
import { type WallMs, wallMs } from '../domain/units.ts';

/** The place of somebody who gave up or was cut off. */
export interface KeptPlace {
  readonly entry: EntryId;
  readonly place: number;
  readonly waitingSince: WallMs;
  readonly until: WallMs;
}

export interface QueueCondition {
  readonly emergency: boolean;
  /** Moving average of a conversation with its wrap-up, ms; 0: none was measured. */
  readonly handlingMs: number;
}

/** All queues at one moment: the fold of the journal's rows. What it does not hold has ended. */
export interface Floor {
  /** Of the last row. */
  readonly seq: number;
  readonly at: WallMs;
  readonly entries: ReadonlyMap<EntryId, Entry>;
  readonly agents: ReadonlyMap<AgentId, Agent>;
  /** By queue and customer, see `keptKey`. */
  readonly kept: ReadonlyMap<string, KeptPlace>;
  /** The incarnation of each node that is up. */
  readonly nodes: ReadonlyMap<string, string>;
  readonly queues: ReadonlyMap<QueueName, QueueCondition>;
}

export const EMPTY_FLOOR: Floor = {
  seq: 0,
  at: wallMs(0),
  entries: new Map(),
  agents: new Map(),
  kept: new Map(),
  nodes: new Map(),
  queues: new Map(),
};

export const keptKey = (queue: QueueName, customer: string): string => `${queue} ${customer}`;

const CALM: QueueCondition = { emergency: false, handlingMs: 0 };
export const conditionOf = (floor: Pick<Floor, 'queues'>, queue: QueueName): QueueCondition =>
  floor.queues.get(queue) ?? CALM;

/** A newer conversation counts for a tenth of the average. */
const AVERAGED_OVER = 10;

/** A floor that is being changed: its maps are copied when they are first written. */
export class ChangingFloor implements Floor {
  seq: number;
  at: WallMs;
  #entries: ReadonlyMap<EntryId, Entry>;
  #agents: ReadonlyMap<AgentId, Agent>;
  #kept: ReadonlyMap<string, KeptPlace>;
  #nodes: ReadonlyMap<string, string>;
  #queues: ReadonlyMap<QueueName, QueueCondition>;
  readonly #own = new Set<object>();

  constructor(from: Floor) {
    this.seq = from.seq;
    this.at = from.at;
    this.#entries = from.entries;
    this.#agents = from.agents;
    this.#kept = from.kept;
    this.#nodes = from.nodes;
    this.#queues = from.queues;
  }

  get entries(): ReadonlyMap<EntryId, Entry> {
    return this.#entries;
  }
  get agents(): ReadonlyMap<AgentId, Agent> {
    return this.#agents;
  }
  get kept(): ReadonlyMap<string, KeptPlace> {
    return this.#kept;
  }
  get nodes(): ReadonlyMap<string, string> {
    return this.#nodes;
  }
  get queues(): ReadonlyMap<QueueName, QueueCondition> {
    return this.#queues;
  }

  /** @throws IvrError INTERNAL when the row cannot follow: a defect, or a journal that was changed */
  apply(row: QueueRow): void {
    if (row.seq !== this.seq + 1 || row.at < this.at) throw impossible(row, 'is out of order');
    const before = 'entry' in row ? this.entries.get(row.entry) : undefined;
    const entry = this.#entryAfter(row, before);
    const agent = this.#agentAfter(row);
    this.#checkSteps(row, entry, agent);
    if (entry !== undefined)
      this.#entries =
        entry.is.at === 'ended' ? this.#without(this.#entries, entry.id) : this.#with(this.#entries, entry.id, entry);
    if (agent !== undefined) this.#agents = this.#with(this.#agents, agent.id, agent);
    this.#others(row, before);
    this.seq = row.seq;
    this.at = row.at;
  }

  frozen(): Floor {
    const { seq, at, entries, agents, kept, nodes, queues } = this;
    return { seq, at, entries, agents, kept, nodes, queues };
  }

  #entryAfter(row: QueueRow, before: Entry | undefined): Entry | undefined {
    if (!('entry' in row)) return undefined;
    if (row.type === 'entry-joined') {
      if (before !== undefined) throw impossible(row, 'joins twice');
      return entryFrom(row);
    }
    const after = before === undefined ? undefined : entryAfter(before, row, this.nodes.get(row.by));
    if (after === undefined) throw impossible(row, `does not follow on an entry that is ${before?.is.at ?? 'unknown'}`);
    return after;
  }

  #agentAfter(row: QueueRow): Agent | undefined {
    if (!('agent' in row) || row.agent === undefined || row.type === 'satisfaction-answered') return undefined;
    const before = this.agents.get(row.agent) ?? unknownAgent(row.agent);
    const after = agentAfter(before, row);
    if (after === undefined) throw impossible(row, `does not follow on an agent who is ${before.state}`);
    return after;
  }

  #checkSteps(row: QueueRow, entry: Entry | undefined, agent: Agent | undefined): void {
    if (entry !== undefined && row.entry_step !== entry.steps) throw impossible(row, 'misses a row of its entry');
    if (agent !== undefined && row.agent_step !== agent.steps) throw impossible(row, 'misses a row of its agent');
  }

  #others(row: QueueRow, before: Entry | undefined): void {
    switch (row.type) {
      case 'node-started':
        this.#nodes = this.#with(this.#nodes, row.node, row.incarnation);
        break;
      case 'node-ended':
        if (this.nodes.get(row.node) === row.incarnation) this.#nodes = this.#without(this.#nodes, row.node);
        break;
      case 'queue-changed':
        this.#setCondition(row.queue, { emergency: row.emergency });
        break;
      case 'entry-joined':
        if (row.returned_from === undefined) break;
        for (const [key, { entry }] of this.kept)
          if (entry === row.returned_from) this.#kept = this.#without(this.#kept, key);
        break;
      case 'entry-ended':
        this.#ended(row, before);
        break;
      default:
    }
  }

  #ended(row: Extract<QueueRow, { type: 'entry-ended' }>, entry: Entry | undefined): void {
    if (entry === undefined) return;
    if (entry.answeredAt !== undefined) {
      const took = (row.wrap_up_until ?? row.at) - entry.answeredAt;
      const { handlingMs } = conditionOf(this, entry.queue);
      const average = handlingMs === 0 ? took : handlingMs + (took - handlingMs) / AVERAGED_OVER;
      this.#setCondition(entry.queue, { handlingMs: Math.round(average) });
    }
    if (row.keep_until === undefined || entry.customer === undefined) return;
    for (const [key, { until }] of this.kept) {
      if (until >= row.at) break; // they are in the order of their ends, near enough
      this.#kept = this.#without(this.#kept, key);
    }
    const { place, waitingSince, id, queue, customer } = entry;
    this.#kept = this.#with(this.#kept, keptKey(queue, customer), {
      entry: id,
      place,
      waitingSince,
      until: row.keep_until,
    });
  }

  #setCondition(queue: QueueName, change: Partial<QueueCondition>): void {
    this.#queues = this.#with(this.#queues, queue, { ...conditionOf(this, queue), ...change });
  }

  #with<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
    return this.#owned(map).set(key, value);
  }

  #without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
    const own = this.#owned(map);
    own.delete(key);
    return own;
  }

  #owned<K, V>(map: ReadonlyMap<K, V>): Map<K, V> {
    if (map instanceof Map && this.#own.has(map)) return map;
    const own = new Map(map);
    this.#own.add(own);
    return own;
  }
}

function impossible(row: QueueRow, what: string): IvrError {
  return new IvrError('QUEUE_JOURNAL_DAMAGED', `row ${row.seq} of the queue journal (${row.type}) ${what}`, {
    seq: row.seq,
    type: row.type,
  });
}

/** @throws IvrError QUEUE_JOURNAL_DAMAGED */
export function floorAfter(floor: Floor, rows: readonly QueueRow[]): Floor {
  if (rows.length === 0) return floor;
  const changing = new ChangingFloor(floor);
  for (const row of rows) changing.apply(row);
  return changing.frozen();
}
