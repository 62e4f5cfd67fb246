import type { AgentCell, QueueCell, ReadonlyCells } from './kpi-cells.ts';
import type { WallMs } from '../../domain/units.ts';

/** How far the journal has been counted. */
export interface CountedTo {
  /** The last row; 0: none. */
  readonly seq: number;
  /** What counting on needs, see open-counts-json.ts. */
  readonly open: string;
}

export interface CountRange {
  readonly of: 'queue' | 'agent';
  /** Unix ms of quarters, the last one excluded. */
  readonly from: WallMs;
  readonly until: WallMs;
  /** These alone; undefined: all. */
  readonly names?: readonly string[];
}

export interface KeptCell {
  readonly name: string;
  readonly quarter: WallMs;
  readonly cell: QueueCell | AgentCell;
}

/** PORT: the counts of all quarters of an hour, durable. */
export interface CountStore {
  /** The last row that is counted; 0: none. @throws IvrError STORAGE_FAILED, here and below */
  countedTo(): Promise<number>;
  kept(): Promise<CountedTo | undefined>;
  /**
   * Adds what was counted of the rows after `from` up to `to.seq`, all or nothing.
   *
   * @returns false: somebody else has counted further than `from`, and nothing was added
   */
  add(from: number, to: CountedTo, counted: ReadonlyCells): Promise<boolean>;
  /** Everything is forgotten: it is counted anew. */
  clear(): Promise<void>;
  /** Pages, by quarter. Those between which somebody has counted on do not belong together: `countedTo` tells. */
  read(range: CountRange): AsyncIterable<readonly KeptCell[]>;
}
