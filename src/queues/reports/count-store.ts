import type { CountedRows } from './count-rows.ts';
import type { AgentCell, QueueCell } from './kpi-cells.ts';

export type Cells = Pick<CountedRows, 'queues' | 'agents'>;

/** How far the journal has been counted. */
export interface CountedTo {
  /** The last row; 0: none. */
  readonly seq: number;
  /** What counting on needs, see open-counts-json.ts. */
  readonly open: string;
}

/** PORT: the counts of all quarters of an hour, durable. */
export interface CountStore {
  /** @throws IvrError STORAGE_FAILED, here and below */
  countedTo(): Promise<CountedTo | undefined>;
  /**
   * Adds what was counted of the rows after `from` up to `to.seq`, all or nothing.
   *
   * @returns false: somebody else has counted further than `from`, and nothing was added
   */
  add(from: number, to: CountedTo, counted: Cells): Promise<boolean>;
  /** Everything is forgotten: it is counted anew. */
  clear(): Promise<void>;
  /** @param from, until - Unix ms of quarters, the last one excluded */
  read(from: number, until: number): Promise<ReadonlyCells>;
}

export interface ReadonlyCells {
  readonly queues: ReadonlyMap<string, QueueCell>;
  readonly agents: ReadonlyMap<string, AgentCell>;
}
