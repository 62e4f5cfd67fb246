import type { Floor } from './floor.ts';
import type { QueueRow } from './queue-fact.ts';

/** A row with the hash that chains it to all rows before. */
export interface ChainedRow {
  readonly row: QueueRow;
  /** Hexadecimal SHA-256, see chain.ts. */
  readonly hash: string;
}

/** @param others - rows of other nodes that this one has not seen. @returns the rows to append */
export type Decide = (others: readonly QueueRow[]) => readonly QueueRow[];

/** The journal of the queues in a database that several nodes share. */
export interface QueueStore {
  /** The newest snapshot with the rows after it: their fold is the floor. @throws IvrError STORAGE_FAILED, QUEUE_JOURNAL_DAMAGED */
  load(): Promise<{ readonly floor: Floor; readonly rows: readonly QueueRow[] }>;
  /**
   * Under a lock that all nodes take: hands over what others have written after row `seen`, then appends what is decided on that, durably.
   * `decide` is pure: it is called once for each time that the database is tried.
   *
   * @param urgent - false: when another node has the lock this one has nothing to do, since that one lets time pass as well
   * @returns false: another node had the lock, and nothing was done
   * @throws IvrError STORAGE_FAILED; what `decide` throws
   */
  append(seen: number, decide: Decide, urgent?: boolean): Promise<boolean>;
  /** So that the next start need not read the whole journal. @throws IvrError STORAGE_FAILED */
  keepSnapshot(floor: Floor): Promise<void>;
  /** Every row from `from` on, in order. @throws IvrError STORAGE_FAILED */
  read(from: number): AsyncIterable<ChainedRow>;
  /** Told when another node has written. Returns the way to stop. */
  onWritten(listener: () => void): () => void;
  /** This incarnation is up for so long, unless it says so again. @throws IvrError STORAGE_FAILED */
  lease(incarnation: string, forMs: number): Promise<void>;
  /** Incarnations of other nodes whose lease has run out. Nodes that ask at the same time are given different ones. */
  silent(): Promise<readonly { readonly node: string; readonly incarnation: string }[]>;
  /** The number to call back is kept apart from the journal, sealed, for as long as it is needed. */
  keepNumber(entry: string, sealed: string): Promise<void>;
  numberOf(entry: string): Promise<string | undefined>;
  forgetNumber(entry: string): Promise<void>;
  /** The entries of which a number is kept. */
  numbersKept(): Promise<readonly string[]>;
}
